package warehousetest

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"encoding/base64"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

func TestConnectorSuite(t *testing.T) {
	t.Parallel()
	shared := []string{"a", "b"}
	var count atomic.Int64
	var leaked []net.Conn
	stop := make(chan struct{})
	t.Cleanup(func() {
		close(stop)
		for _, conn := range leaked {
			conn.Close()
		}
	})
	report := func(steps ...warehouse.StepResult) func(*Connector) {
		return func(c *Connector) {
			c.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return steps, nil
			}
		}
	}
	fails := func(fail func(password string) error) func(*Connector) {
		return func(c *Connector) {
			c.ProbeFunc = func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				return nil, fail(target.Config().(*dialConfig).Password)
			}
		}
	}
	script := func(write func(c *dialConfig, publicKey string) (string, error)) func(*Connector) {
		return func(c *Connector) {
			c.SetupScriptFunc = func(config any, publicKey string) (string, error) {
				c, err := warehouse.ConfigAs[dialConfig](config)
				if err != nil {
					return "", err
				}
				return write(c, publicKey)
			}
		}
	}
	keys := func(pair func(n int64) warehouse.KeyPair) func(*Connector) {
		return func(c *Connector) {
			var n atomic.Int64
			c.NewKeyPairFunc = func(context.Context) (warehouse.KeyPair, error) { return pair(n.Add(1)), nil }
		}
	}
	config := func(config func() any) func(*Connector) {
		return func(c *Connector) {
			c.ConfigFunc = config
			c.ImmutableFieldsFunc, c.SetupScriptFunc = nil, nil // they are for dialConfig
		}
	}
	broken := func(name, rule, want string, breaks func(*Connector), adjust ...func(fields *string, options *ConnectorOptions)) brokenCase[*connectorTest] {
		return brokenCase[*connectorTest]{name: name, rule: rule, want: want, open: func(t *testing.T) *connectorTest {
			connector := dialing()
			if breaks != nil {
				breaks(connector)
			}
			fields, options := dialFields(unusedAddress(t)), at(connector)
			for _, adjust := range adjust {
				adjust(&fields, options)
			}
			c := newConnectorTest(connector, fields, options)
			c.grace = 100 * time.Millisecond
			return c
		}}
	}
	withFields := func(fields string) func(*string, *ConnectorOptions) {
		return func(f *string, options *ConnectorOptions) { *f, options.At = fields, nil }
	}
	testSuite(t, connectorRules, []brokenCase[*connectorTest]{
		broken("a sensitive field that is misspelled", "has field lists that match its config", `SensitiveFields names "pasword", which is not a config field`,
			func(c *Connector) { c.SensitiveFieldsFunc = func() []string { return []string{"pasword"} } }),
		broken("a config that panics", "has field lists that match its config", "it panicked: no config", config(func() any { panic("no config") })),
		broken("fields that are not JSON", "accepts the given fields", "the fields are not a JSON object", nil, withFields(`{"address"`)),
		broken("fields that are invalid", "accepts the given fields", "address: This field is required.", nil, withFields(`{"password":"made up for this"}`)),
		broken("fields without the password", "accepts the given fields", `the sensitive field "password" has no value of at least 8 characters`, nil, withFields(`{"address":"a"}`)),
		broken("fields with a short password", "accepts the given fields", `the sensitive field "password" has no value of at least 8 characters`, nil, withFields(`{"address":"a","password":"short"}`)),
		broken("defaults that are shared", "returns new defaults each time", `Config returned {"address":"","schema":"","tags":["a","b"]} and then {"address":"","schema":"","tags":["",""]}`,
			config(func() any { return &dialConfig{Tags: shared} })),
		broken("defaults that differ", "returns new defaults each time", "and then",
			config(func() any { return &dialConfig{Schema: name(fmt.Sprint(count.Add(1)))} })),
		broken("a config that changes when it is read again", "keeps a config through storing and showing it", `changed the config from {"address":"a!"`,
			config(func() any { return &growingConfig{} }), withFields(`{"address":"a","password":"made up for this"}`)),
		broken("a config that is refused when it is read again", "keeps a config through storing and showing it", "Replace with the given fields failed: warehouse: invalid fields: number: not that",
			config(func() any { return &fickleConfig{} }), withFields(`{"number":"`+rand.Text()+`","password":"made up for this"}`)),
		broken("a secret that is not declared", "declares its secrets", `the field "api_token" is named like a credential and is neither in SensitiveFields nor excused`,
			config(func() any { return &undeclaredConfig{} })),
		broken("a field without a title", "describes its fields", `the field "password" has no title or no help`,
			config(func() any { return &untitledConfig{} }), withFields(`{"address":"a","password":"made up for this"}`)),
		broken("an excuse without a reason", "declares its secrets", `NotSecret excuses "keyspace" without a reason of at least three words`, nil,
			func(_ *string, o *ConnectorOptions) { o.NotSecret = map[string]string{"keyspace": "no"} }),
		broken("an excuse for no field", "declares its secrets", `NotSecret excuses "keyspaces", which is not a config field`, nil,
			func(_ *string, o *ConnectorOptions) { o.NotSecret = map[string]string{"keyspaces": "it is a name"} }),
		broken("an excuse for a secret", "declares its secrets", `NotSecret excuses "password", which is in SensitiveFields`, nil,
			func(_ *string, o *ConnectorOptions) { o.NotSecret = map[string]string{"password": "it is not one"} }),
		broken("a destination that is safe to change", "asks for its secrets again if the destination changes", `the field "address" is in SafeFields`,
			func(c *Connector) { c.SafeFieldsFunc = func() []string { return []string{"tags", "address"} } }),
		broken("one key for all", "makes unique key pairs", "NewKeyPair returned the same key twice", keys(func(int64) warehouse.KeyPair { return warehouse.NewKeyPair("public", []byte("private")) })),
		broken("one private key for all", "makes unique key pairs", "NewKeyPair returned the same key twice",
			keys(func(n int64) warehouse.KeyPair {
				return warehouse.NewKeyPair(fmt.Sprint("public ", n), []byte("private"))
			})),
		broken("half a pair", "makes unique key pairs", "NewKeyPair returned half a pair", keys(func(n int64) warehouse.KeyPair { return warehouse.NewKeyPair("public", nil) })),
		broken("a public key in lines", "makes unique key pairs", "the public key is not one line of text", keys(func(n int64) warehouse.KeyPair {
			return warehouse.NewKeyPair(fmt.Sprint("public\n", n), fmt.Appendf(nil, "private %d", n))
		})),
		broken("a public key that contains the private key", "makes unique key pairs", "the public key contains the private key", keys(func(n int64) warehouse.KeyPair {
			return warehouse.NewKeyPair(base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "private %d", n)), fmt.Appendf(nil, "private %d", n))
		})),
		broken("a script with the order of a map", "writes the same script each time", "and then", script(func(*dialConfig, string) (string, error) {
			out := "script"
			for k := range map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6} {
				out += k
			}
			return out, nil
		})),
		broken("a script with the time", "writes the same script each time", "from byte 3 on it is", script(func(*dialConfig, string) (string, error) { return fmt.Sprint("at ", count.Add(1)), nil })),
		broken("a script that is not UTF-8", "writes the same script each time", "the script is not UTF-8 without NUL", script(func(*dialConfig, string) (string, error) { return "\xff", nil })),
		broken("a script that fails", "writes the same script each time", "SetupScript failed: no", script(func(*dialConfig, string) (string, error) { return "", errors.New("no") })),
		broken("a script with the password", "writes scripts without secrets", `the script contains the field "password", as it is`,
			script(func(c *dialConfig, _ string) (string, error) { return "PASSWORD '" + c.Password + "'", nil })),
		broken("a script with the password in a URL", "writes scripts without secrets", `the script contains the field "password", as in a URL`,
			script(func(c *dialConfig, _ string) (string, error) { return "?p=" + url.QueryEscape(c.Password), nil })),
		broken("a script that depends on the password", "writes scripts without secrets", "the script depends on the sensitive fields",
			script(func(c *dialConfig, _ string) (string, error) { return fmt.Sprint(len(c.Password)), nil })),
		broken("a script that needs the password", "writes scripts without secrets", "without the sensitive fields, SetupScript failed: no password",
			script(func(c *dialConfig, _ string) (string, error) {
				if c.Password == "" {
					return "", errors.New("no password")
				}
				return "script", nil
			})),
		broken("a name without quotes", "quotes names in scripts", `"zqa;zqz" in the field "schema" is accepted, and is not quoted in the script: "CREATE SCHEMA zqa;zqz;`,
			script(func(c *dialConfig, _ string) (string, error) { return "CREATE SCHEMA " + string(c.Schema) + ";", nil })),
		broken("a name in quotes that are not doubled", "quotes names in scripts", `is not quoted in the script`,
			script(func(c *dialConfig, _ string) (string, error) { return `CREATE SCHEMA "` + string(c.Schema) + `";`, nil })),
		broken("a name in single quotes that are not doubled", "quotes names in scripts", `is not quoted in the script`,
			script(func(c *dialConfig, _ string) (string, error) { return "SET schema = '" + string(c.Schema) + "';", nil })),
		broken("a name in a comment", "quotes names in scripts", `"zqa\nzqz" in the field "schema" is accepted`,
			script(func(c *dialConfig, _ string) (string, error) {
				return "-- For " + string(c.Schema) + "\nSELECT 1;", nil
			})),
		broken("a name in a list", "quotes names in scripts", `in the field "tags" is accepted`,
			script(func(c *dialConfig, _ string) (string, error) {
				return "SET tags = '" + strings.Join(c.Tags, "', '") + "';", nil
			})),
		broken("a name in the teardown script", "quotes names in scripts", `DROP SCHEMA zqa;zqz;`, func(c *Connector) {
			c.TeardownScriptFunc = func(config any) (string, error) {
				return "DROP SCHEMA " + string(config.(*dialConfig).Schema) + ";", nil
			}
		}),
		broken("a database that panics", "never panics", "Database panicked with the defaults and no key pair: no key", func(c *Connector) {
			c.DatabaseFunc = func(target warehouse.Target) (driver.Connector, error) {
				if len(target.Keys.PrivateKey()) == 0 {
					panic("no key")
				}
				return nil, warehouse.ErrNoDatabase
			}
		}),
		broken("a database that is nil", "never panics", "Database panicked with the defaults and a corrupt key pair: ", func(c *Connector) {
			c.DatabaseFunc = func(warehouse.Target) (driver.Connector, error) { return nil, nil }
		}),
		broken("a teardown script that panics", "never panics", "TeardownScript panicked with the defaults: no", func(c *Connector) {
			c.TeardownScriptFunc = func(any) (string, error) { panic("no") }
		}),
		broken("a setup script that panics", "never panics", "SetupScript panicked with the defaults and a corrupt key pair: ", func(c *Connector) {
			c.SetupScriptFunc = func(_ any, publicKey string) (string, error) { return publicKey[:6], nil }
		}),
		broken("a key pair that panics", "never panics", "NewKeyPair panicked with a context that is ", func(c *Connector) {
			c.NewKeyPairFunc = func(ctx context.Context) (warehouse.KeyPair, error) {
				if err := ctx.Err(); err != nil {
					panic(err)
				}
				return warehouse.NewKeyPair("public", []byte("private")), nil
			}
		}),
		broken("a probe that needs a key", "never panics", "Probe panicked with the defaults and no key pair: ", func(c *Connector) {
			c.ProbeFunc = func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				_ = target.Keys.PrivateKey()[0]
				return nil, errors.New("no")
			}
		}),
		broken("a list that panics", "never panics", "SafeFields panicked", panicsLater(func(c *Connector, list func() []string) { c.SafeFieldsFunc = list })),
		broken("another list that panics", "never panics", "ImmutableFields panicked", panicsLater(func(c *Connector, list func() []string) { c.ImmutableFieldsFunc = list })),
		broken("a third list that panics", "never panics", "PresetFields panicked", panicsLater(func(c *Connector, list func() []string) { c.PresetFieldsFunc = list })),
		broken("a config that panics if a field is missing", "never panics", `with the fields "{}", Create failed: `,
			config(func() any { return &panickyConfig{} }), withFields(`{"address":"a","password":"made up for this"}`)),
		broken("errors in the order of a map", "returns the same each time", "and then", config(func() any { return &shuffledConfig{} }),
			withFields(`{"address":"a","password":"made up for this"}`)),
		broken("steps in the order of a map", "returns the same each time", "Probe with a context that has ended returned", func(c *Connector) {
			c.ProbeFunc = func(context.Context, warehouse.Target) (steps []warehouse.StepResult, err error) {
				for name := range map[string]bool{"a": true, "b": true, "c": true, "d": true} {
					steps = append(steps, warehouse.StepResult{Name: name, Status: "passed"})
				}
				return steps, nil
			}
		}),
		broken("a list in the order of a map", "returns the same each time", "SafeFields returned", func(c *Connector) {
			c.SafeFieldsFunc = func() []string {
				return slices.Collect(maps.Keys(map[string]bool{"schema": true, "tags": true, "keyspace": true}))
			}
		}),
		broken("a probe that ignores its deadline", "ends a probe by its deadline", "with a silent server, Probe had not returned 100ms after its deadline", func(c *Connector) {
			c.ProbeFunc = func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				conn, err := net.Dial("tcp", target.Config().(*dialConfig).Address)
				if err != nil {
					return nil, err
				}
				defer conn.Close()
				return nil, greet(context.Background(), conn)
			}
		}),
		broken("a probe that panics", "ends a probe by its deadline", "with the given fields, Probe panicked: no", func(c *Connector) {
			c.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) { panic("no") }
		}),
		broken("a goroutine that is left behind", "leaves no goroutine and no connection behind", "with the given fields, a goroutine outlived Probe: ", func(c *Connector) {
			c.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				go func() { <-stop }()
				return dial(ctx, target)
			}
		}),
		broken("a connection that is left open", "leaves no goroutine and no connection behind", "with a silent server, 1 network connections outlived Probe", func(c *Connector) {
			c.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				conn, err := net.Dial("tcp", target.Config().(*dialConfig).Address)
				if err != nil {
					return nil, err
				}
				leaked = append(leaked, conn) // otherwise it is closed when it is garbage collected
				return nil, greet(ctx, conn)
			}
		}),
		broken("a probe that always passes", "fails if no warehouse answers", "with a silent server, Probe passed", report()),
		broken("a probe that passes once it is connected", "fails if no warehouse answers", "with a silent server, Probe passed", func(c *Connector) {
			c.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				conn, err := net.Dial("tcp", target.Config().(*dialConfig).Address)
				if err == nil {
					conn.Close()
				}
				return nil, err
			}
		}),
		broken("a step without a name", "reports its steps in order", "step 1 has no name", report(warehouse.StepResult{Status: "passed"})),
		broken("two steps of one name", "reports its steps in order", `two steps have the name "a"`, report(warehouse.StepResult{Name: "a", Status: "passed"}, warehouse.StepResult{Name: "a", Status: "passed"})),
		broken("an unknown status", "reports its steps in order", `the step "a" has the status "ok", which is not a constant of package warehouse`, report(warehouse.StepResult{Name: "a", Status: "ok"})),
		broken("a negative duration", "reports its steps in order", `the step "a" took -1s`, report(warehouse.StepResult{Name: "a", Status: "passed", Duration: -time.Second})),
		broken("a step that is skipped without a failure", "reports its steps in order", `the step "a" was skipped although none before it failed`, report(warehouse.StepResult{Name: "a", Status: "skipped"})),
		broken("a skipped step that took time", "reports its steps in order", `the step "b" was skipped and took 1s`,
			report(warehouse.StepResult{Name: "a", Status: "failed"}, warehouse.StepResult{Name: "b", Status: "skipped", Duration: time.Second})),
		broken("a step after the one that failed", "reports its steps in order", `the step "b" is "passed" although "a" failed`, report(warehouse.StepResult{Name: "a", Status: "failed"}, warehouse.StepResult{Name: "b", Status: "passed"})),
		broken("a failed step without an error", "reports its steps in order", `the step "a" failed, but Probe returned no error`, report(warehouse.StepResult{Name: "a", Status: "failed"})),
		broken("an error without a failed step", "reports its steps in order", "Probe failed with \"no\", but no step did", func(c *Connector) {
			c.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return []warehouse.StepResult{{Name: "a", Status: "passed"}}, errors.New("no")
			}
		}),
		broken("an error of another step", "reports its steps in order", `the error names the step "b", but "a" failed`, func(c *Connector) {
			c.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return []warehouse.StepResult{{Name: "a", Status: "failed"}}, &warehouse.ProbeError{Step: "b", Message: "no"}
			}
		}),
		broken("steps that are left out", "reports its steps in order", `the steps are ["1"], but were ["0"] before`, func(c *Connector) {
			var n atomic.Int64
			c.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return []warehouse.StepResult{{Name: strconv.FormatInt(n.Add(1)/3, 10), Status: "passed"}}, nil
			}
		}),
		broken("an unknown code", "uses the shared codes", `the code is "oops"`, fails(func(string) error { return &warehouse.ProbeError{Code: "oops", Message: "no"} })),
		broken("a password in an error", "keeps secrets out of errors", `the error contains the field "password", as it is`, fails(func(p string) error { return errors.New("bad " + p) })),
		broken("a password in a URL in an error", "keeps secrets out of errors", `the error contains the field "password", as in a URL`,
			fails(func(p string) error { return errors.New(url.UserPassword("u", p).String()) })),
		broken("a password in a hint", "keeps secrets out of errors", `the error's hint contains the field "password", as it is`, fails(func(p string) error { return &warehouse.ProbeError{Message: "no", Hint: p} })),
		broken("a password in a fix", "keeps secrets out of errors", `the error's fix contains the field "password", as in a URL`,
			fails(func(p string) error {
				return errors.Join(errors.New("x"), &warehouse.ProbeError{Message: "no", Fix: url.QueryEscape(p)})
			})),
		broken("a password in a cause", "keeps secrets out of errors", `the error contains the field "password", in base64`,
			fails(func(p string) error {
				return &warehouse.ProbeError{Message: "no", Err: errors.New(base64.StdEncoding.EncodeToString([]byte(p)))}
			})),
		broken("a password in a field of an error", "keeps secrets out of errors", `contains the field "password", as it is`, fails(func(p string) error { return loudError{p} })),
		broken("a private key in an error", "keeps secrets out of errors", "contains the private key, as it is", func(c *Connector) {
			c.ProbeFunc = func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				return nil, fmt.Errorf("bad key %s", target.Keys.PrivateKey())
			}
		}),
		broken("a connector that panics in parallel", "serves many goroutines at once", "it panicked: at once", func(c *Connector) {
			var n atomic.Int64
			c.SetupScriptFunc = func(any, string) (string, error) {
				if n.Add(1) > 1 {
					panic("at once")
				}
				return "", nil
			}
		}),
	})
}

// A growingConfig gets longer each time it is read.
type growingConfig struct {
	Address  grown  `json:"address" title:"T" help:"H."`
	Password string `json:"password" title:"T" help:"H."`
}

type grown string

func (g *grown) UnmarshalText(text []byte) error {
	*g = grown(text) + "!"
	return nil
}

// A fickleConfig is refused when it is read again.
type fickleConfig struct {
	Number   fickle `json:"number" title:"T" help:"H."`
	Password string `json:"password" title:"T" help:"H."`
}

var fickleReads sync.Map // counts by text

type fickle string

func (f *fickle) UnmarshalText(text []byte) error {
	*f = fickle(text)
	reads, _ := fickleReads.LoadOrStore(string(text), new(atomic.Int64))
	if reads.(*atomic.Int64).Add(1) > 3 {
		return errors.New("not that")
	}
	return nil
}

type undeclaredConfig struct {
	APIToken string `json:"api_token,omitempty" title:"T" help:"H."`
	Password string `json:"password" title:"T" help:"H."`
}

// panicsLater sets a list that panics after the registry and the suite have read it.
func panicsLater(set func(*Connector, func() []string)) func(*Connector) {
	return func(c *Connector) {
		var n atomic.Int64
		set(c, func() []string {
			if n.Add(1) > 1 {
				panic("no")
			}
			return nil
		})
	}
}

// A panickyConfig cannot be validated without an address.
type panickyConfig struct {
	Address  string `json:"address"`
	Password string `json:"password"`
}

func (c *panickyConfig) Validate() error {
	_ = c.Address[0]
	return nil
}

// A shuffledConfig reports its errors in any order.
type shuffledConfig struct {
	Address  string `json:"address"`
	Password string `json:"password"`
}

func (c *shuffledConfig) Validate() error {
	errs := make(warehouse.FieldErrors)
	if c.Address == "." {
		for message := range map[string]bool{"too long": true, "not short": true, "too wide": true} {
			errs.Add("address", message)
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

type loudError struct{ password string }

func (e loudError) Error() string { return "no" }

func TestConnectorSuitePasses(t *testing.T) {
	t.Parallel()
	t.Run("the fake", func(t *testing.T) {
		t.Parallel()
		TestConnector(t, &Connector{}, `{"account":"xy1","password":"made up for this"}`, nil)
	})
	t.Run("a connector over the network", func(t *testing.T) {
		t.Parallel()
		connector := dialing()
		TestConnector(t, connector, dialFields(unusedAddress(t)), at(connector))
	})
	t.Run("a connector without optional methods", func(t *testing.T) {
		t.Parallel()
		connector := struct{ warehouse.Connector }{&Connector{PresetFieldsFunc: func() []string { return nil }}}
		TestConnector(t, connector, `{"account":"xy1","stage":"S","password":"made up for this"}`, nil)
	})
}

func TestLooksSecret(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"password", "db_password", "PasswordHash", "passwd", "key_passphrase", "secret", "client_secret", "clientSecret", "access_token", "accessToken",
		"TOKEN", "credentials_json", "private_key", "privateKey", "api_key", "apiKey", "APIKEY", "key", "key2", "aws_access_key_id", "pwd", "pin", "dsn", "jwt",
		"auth", "client-cert", "sas",
	} {
		if !looksSecret(name) {
			t.Errorf("looksSecret(%q) = false", name)
		}
	}
	for _, name := range []string{"account_identifier", "warehouse", "keyspace", "schema", "role", "user", "author", "passenger", "pinned", "monkey", "region", "host", "compass"} {
		if looksSecret(name) {
			t.Errorf("looksSecret(%q) = true", name)
		}
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../probe_codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Code") {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil || !slices.Contains(codes, warehouse.Code(text)) {
				t.Errorf("%s is missing", spec.Names[0].Name)
			}
			known++
		}
		return true
	})
	if known != len(codes) {
		t.Errorf("%d codes are declared, but the suite knows %d", known, len(codes))
	}
}

type untitledConfig struct {
	Address  string `json:"address" title:"T" help:"H."`
	Password string `json:"password" help:"H."`
}
