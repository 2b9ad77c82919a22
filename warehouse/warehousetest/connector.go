// The conformance suite for connectors.

package warehousetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// TestConnector checks a connector against every rule of [warehouse.Connector], each in a subtest of its
// name. A failure says which rule was broken, how, and why the rule exists.
//
// The fields are a JSON object as a customer sends it to create a connection, without "type". They are
// made up, and fill in every sensitive field with a value that occurs nowhere else, since the suite looks
// for those where they must not be. Probes are run with them: name an address on which nothing listens,
// or a fake that you started. Options may be nil.
//
// The suite makes three key pairs, if the connector makes any, and runs probes of up to two seconds. Run it
// with the race detector.
func TestConnector(t *testing.T, connector warehouse.Connector, fields string, options *ConnectorOptions) {
	t.Helper()
	c := newConnectorTest(connector, fields, options)
	for _, rule := range connectorRules {
		met := t.Run(rule.name, func(t *testing.T) {
			if err := rule.broken(t.Context(), c); err != nil {
				t.Errorf("A connector %s, but %v.\nWhy: %s", rule.name, err, rule.why)
			}
		})
		if !met && rule.first {
			return // the others are about a connector that can be used
		}
	}
}

// ConnectorOptions are what [TestConnector] cannot know of a connector.
type ConnectorOptions struct {
	// NotSecret excuses config fields that are called like a credential and are none: the reason, in
	// a sentence, by JSON name. Such a field that is neither sensitive nor excused breaks a rule.
	NotSecret map[string]string

	// At returns a connector and the fields of a connection whose probe talks to the server at an
	// address, such as "127.0.0.1:43210". There the suite says nothing, hangs up, and talks nonsense:
	// the worst that a network does. If nil, probes are run with the given fields alone, and what they
	// do then is not known. Do set it.
	At func(address string) (connector warehouse.Connector, fields string)
}

// A connectorRule is one thing that must hold. Its check returns how it was broken, rather than failing a
// test, so that the suite can itself be tested with connectors that break it.
type connectorRule struct {
	name  string // completes "A connector ..."
	why   string
	first bool // without it, nothing else can be checked
	check func(context.Context, *connectorTest) error
}

// broken says how a connector breaks the rule, by a panic too.
func (r connectorRule) broken(ctx context.Context, c *connectorTest) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it panicked: %v", p)
		}
	}()
	return r.check(ctx, c)
}

var connectorRules = []connectorRule{
	{
		name:  "has a config and field lists that fit together",
		why:   "requests are decoded by the config's fields. A name in a list that is no field protects nothing: a password that is spelt otherwise in SensitiveFields is stored and shown.",
		first: true,
		check: checkRegistered,
	},
	{
		name:  "takes the fields that the suite was given",
		why:   "the rules below are checked with them. They are a request of the kind that a customer sends, and fill in every sensitive field.",
		first: true,
		check: checkSample,
	},
	{
		name:  "gives everyone fresh defaults",
		why:   "requests are decoded onto what Config returns. If two share a value, what one customer typed turns up at another.",
		check: checkFreshDefaults,
	},
	{
		name:  "keeps a config as it is through storing and showing it",
		why:   "customers send back what they were shown. If that makes another config, a change of nothing puts their connection back to pending, with another script.",
		check: checkConfigRoundTrip,
	},
	{
		name:  "declares what is secret",
		why:   "a field that is not in SensitiveFields is stored in clear, and shown to whoever may see the connection. If it is called like a credential and is none, say so in ConnectorOptions.NotSecret.",
		check: checkSecretsDeclared,
	},
	{
		name:  "makes key pairs that nobody else has",
		why:   "who has another customer's private key can read their warehouse. And the public half is shown.",
		check: checkKeyPairs,
	},
	{
		name:  "writes the same script each time",
		why:   "the script that is stored is the one that is shown and run. One that comes out otherwise each time cannot be compared with what an administrator ran.",
		check: checkScript,
	},
	{
		name:  "writes its script without the secrets",
		why:   "it is stored and shown in clear, and mailed to administrators. SetupScript gets the sensitive fields at their defaults, so one that uses them is wrong, too.",
		check: checkScriptHoldsNoSecret,
	},
	{
		name:  "ends a probe by its deadline",
		why:   "a customer waits for the answer. A probe that goes on is left behind and keeps one of the few places that there are for probes.",
		check: checkDeadline,
	},
	{
		name:  "leaves nothing running and nothing open",
		why:   "a goroutine or a connection that outlives its probe is there for every test of every customer, until the process or the warehouse runs out of them.",
		check: checkNothingLeft,
	},
	{
		name:  "fails where no warehouse answers",
		why:   "a test that passes promises the customer that their data will arrive.",
		check: checkFailures,
	},
	{
		name:  "reports its steps in order",
		why:   "dashboards show all of them, on success and on failure: those that passed, the one that failed, and those that were skipped. warehouse.RunSteps does it.",
		check: checkSteps,
	},
	{
		name:  "classifies failures with the shared codes",
		why:   "dashboards and alerts go by them. A code that is not one of warehouse's constants is shown as unknown.",
		check: checkCodes,
	},
	{
		name:  "says nothing secret when a probe fails",
		why:   "the error is stored, shown and logged. The service takes out what it recognises, which is the last line and not the first: vendors' libraries quote what they could not parse.",
		check: checkErrorsHoldNoSecret,
	},
	{
		name:  "serves many goroutines at once",
		why:   "there is one connector for all customers. Run the suite with -race to see more.",
		check: checkConnectorConcurrency,
	},
}
