package warehousetest

import (
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// TestConnector checks a connector against every rule of [warehouse.Connector], each in a subtest of its
// name. A failure names the rule, how it was broken, and why it exists.
//
// Fields is a JSON object as a customer sends it to create a connection, without "type". Make the values up,
// and give each sensitive field a value that occurs nowhere else, since the suite searches for it. The suite
// runs probes with these fields: use an address where nothing listens, or a fake. Options may be nil.
//
// The suite makes up to three key pairs and runs probes of up to two seconds. Run it with the race detector.
func TestConnector(t *testing.T, connector warehouse.Connector, fields string, options *ConnectorOptions) {
	t.Helper()
	c := newConnectorTest(connector, fields, options)
	testRules(t, "connector", connectorRules, func(*testing.T) *connectorTest { return c })
}

// ConnectorOptions are options of [TestConnector].
type ConnectorOptions struct {
	// NotSecret has the reasons why config fields that are named like a credential are not secret, by JSON
	// name. Such a field that is neither sensitive nor in NotSecret breaks a rule.
	NotSecret map[string]string

	// At returns a connector, and the fields of a connection whose probe connects to an address, such as
	// "127.0.0.1:43210". The suite's server there is silent, hangs up, or sends nonsense. If At is nil,
	// the suite cannot check probes against such a server.
	At func(address string) (connector warehouse.Connector, fields string)
}

var connectorRules = []rule[*connectorTest]{
	{name: "has field lists that match its config", check: checkRegistered, required: true,
		why: "Requests are decoded by the config's fields. A name in a list that is not a field protects nothing: a password that is misspelled in SensitiveFields is stored in clear and shown."},
	{name: "accepts the given fields", check: checkSample, required: true,
		why: "The other rules are checked with them. They are a customer's request, with a value for every sensitive field."},
	{name: "returns new defaults each time", check: checkFreshDefaults,
		why: "Requests are decoded into the result of Config. If two share a value, one customer's input shows up at another."},
	{name: "keeps a config through storing and showing it", check: checkConfigRoundTrip,
		why: "Customers send back the config that they are shown. If that makes another config, their connection is pending again and has another script."},
	{name: "declares its secrets", check: checkSecretsDeclared,
		why: "A field that is not in SensitiveFields is stored in clear and shown. If it is named like a credential but is not secret, give the reason in ConnectorOptions.NotSecret."},
	{name: "asks for its secrets again if the destination changes", check: checkSafeFields,
		why: "A stored secret is sent only to where it was entered for. If a field of the address is in SafeFields, whoever may change a connection can have its password sent to a server of their own."},
	{name: "describes its fields", check: checkDescribed,
		why: "Customers fill in a form that is built from the tags title and help of the config's fields. Without them it shows JSON names."},
	{name: "makes unique key pairs", check: checkKeyPairs,
		why: "Whoever has another customer's private key can read their warehouse. The public key is shown."},
	{name: "writes the same script each time", check: checkScript,
		why: "The stored script is the one that an administrator ran. A script that varies cannot be compared with it."},
	{name: "writes scripts without secrets", check: checkScriptHoldsNoSecret,
		why: "Scripts are stored and shown in clear, and mailed to administrators. SetupScript gets the sensitive fields at their defaults, so a script cannot depend on them."},
	{name: "quotes names in scripts", check: checkScriptQuotes,
		why: "An administrator runs the script. Whoever may enter a name with a quote, a semicolon, a comment mark or a newline could add statements to it. Refuse such names, or quote them."},
	{name: "never panics", check: checkPanics,
		why: "The service recovers from a panic, but the customer gets an error without a cause. A stored key may be corrupt, and Validate is also called if other fields are invalid."},
	{name: "returns the same each time", check: checkMapOrder,
		why: "A result in the order of a map differs between two requests and two servers: customers see errors and steps move, and tests fail now and then."},
	{name: "ends a probe by its deadline", check: checkDeadline,
		why: "A customer is waiting. A probe that overruns still counts against MaxProbes."},
	{name: "leaves no goroutine and no connection behind", check: checkNothingLeft,
		why: "They add up with every test of every customer, until the process or the warehouse runs out of them."},
	{name: "fails if no warehouse answers", check: checkFailures,
		why: "A test that passes promises the customer that their data will arrive."},
	{name: "reports its steps in order", check: checkSteps,
		why: "Dashboards show all steps: those that passed, the one that failed, and those that were skipped. warehouse.RunSteps reports them."},
	{name: "uses the shared codes", check: checkCodes,
		why: "Dashboards and alerts depend on them. Any other code than the constants of package warehouse is shown as unknown."},
	{name: "keeps secrets out of errors", check: checkErrorsHoldNoSecret,
		why: "Errors are stored, shown and logged. The service redacts the secrets that it recognizes, but libraries of vendors quote input that they cannot parse."},
	{name: "serves many goroutines at once", check: checkConnectorConcurrency,
		why: "All customers share one connector. Run the suite with -race to find more."},
}
