package warehousetest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
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

func TestTheSuiteFindsWhatIsWrongWithAConnector(t *testing.T) {
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
	says := func(say func(password string) error) func(*Connector) {
		return func(c *Connector) {
			c.ProbeFunc = func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				return nil, say(target.Config().(*dialConfig).Password)
			}
		}
	}
	script := func(write func(c *dialConfig, publicKey string) (string, error)) func(*Connector) {
		return func(c *Connector) {
			c.SetupScriptFunc = func(config any, publicKey string) (string, error) { return write(config.(*dialConfig), publicKey) }
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
			c.ImmutableFieldsFunc, c.SetupScriptFunc = nil, nil // which are the other config's
		}
	}
	const (
		registered = "has a config and field lists that fit together"
		taken      = "takes the fields that the suite was given"
		fresh      = "gives everyone fresh defaults"
		round      = "keeps a config as it is through storing and showing it"
		declared   = "declares what is secret"
		pairs      = "makes key pairs that nobody else has"
		same       = "writes the same script each time"
		secretless = "writes its script without the secrets"
		deadline   = "ends a probe by its deadline"
		left       = "leaves nothing running and nothing open"
		fails      = "fails where no warehouse answers"
		steps      = "reports its steps in order"
		shared2    = "classifies failures with the shared codes"
		silent     = "says nothing secret when a probe fails"
		goroutines = "serves many goroutines at once"
	)
	covered := make(map[string]bool)
	for _, test := range []struct {
		name   string
		rule   string
		says   string
		broken func(*Connector)
		fields string // those of dialling if empty
		adjust func(*ConnectorOptions)
	}{
		{"a sensitive field that is misspelt", registered, `SensitiveFields names "pasword", which is not a config field`,
			func(c *Connector) { c.SensitiveFieldsFunc = func() []string { return []string{"pasword"} } }, "", nil},
		{"a config that panics", registered, "it panicked: no config", config(func() any { panic("no config") }), "", nil},
		{"fields that are no JSON", taken, "the fields are no JSON object", nil, `{"address"`, nil},
		{"fields that are refused", taken, "address: This field is required.", nil, `{"password":"made up for this"}`, nil},
		{"fields without the password", taken, `they give the sensitive field "password" no value of at least 8 characters`, nil, `{"address":"a"}`, nil},
		{"fields with a short password", taken, `they give the sensitive field "password" no value of at least 8 characters`, nil, `{"address":"a","password":"short"}`, nil},
		{"defaults that are shared", fresh, `Config returns {"address":"","schema":"","tags":["a","b"]} once and {"address":"","schema":"","tags":["",""]} another time`,
			config(func() any { return &dialConfig{Tags: shared} }), "", nil},
		{"defaults that differ", fresh, "another time",
			config(func() any { return &dialConfig{Schema: name(fmt.Sprint(count.Add(1)))} }), "", nil},
		{"a config that changes when it is read again", round, `the connection changes: its config was {"address":"a!"`,
			config(func() any { return &growingConfig{} }), `{"address":"a","password":"made up for this"}`, nil},
		{"a config that is not taken as it is shown", round, "replaced by the given fields, the connection answers: warehouse: invalid fields: number: not that",
			config(func() any { return &fickleConfig{} }), `{"number":"` + rand.Text() + `","password":"made up for this"}`, nil},
		{"a secret that is not declared", declared, `the field "api_token" is called like a credential and is neither in SensitiveFields nor excused`,
			config(func() any { return &undeclaredConfig{} }), "", nil},
		{"an excuse without a reason", declared, `NotSecret excuses "keyspace" without a reason in a few words`, nil, "",
			func(o *ConnectorOptions) { o.NotSecret = map[string]string{"keyspace": "no"} }},
		{"an excuse for no field", declared, `NotSecret excuses "keyspaces", which is not a config field`, nil, "",
			func(o *ConnectorOptions) { o.NotSecret = map[string]string{"keyspaces": "it is a name"} }},
		{"an excuse for a secret", declared, `NotSecret excuses "password", which is in SensitiveFields`, nil, "",
			func(o *ConnectorOptions) { o.NotSecret = map[string]string{"password": "it is not one"} }},
		{"one key for all", pairs, "NewKeyPair returns the same twice", keys(func(int64) warehouse.KeyPair { return warehouse.NewKeyPair("public", []byte("private")) }), "", nil},
		{"one private key for all", pairs, "NewKeyPair returns the same twice",
			keys(func(n int64) warehouse.KeyPair {
				return warehouse.NewKeyPair(fmt.Sprint("public ", n), []byte("private"))
			}), "", nil},
		{"half a pair", pairs, "NewKeyPair returns half a pair", keys(func(n int64) warehouse.KeyPair { return warehouse.NewKeyPair("public", nil) }), "", nil},
		{"a public key in lines", pairs, "the public key is not one line of text", keys(func(n int64) warehouse.KeyPair {
			return warehouse.NewKeyPair(fmt.Sprint("public\n", n), fmt.Appendf(nil, "private %d", n))
		}), "", nil},
		{"a public key that holds the private one", pairs, "the public key holds the private one", keys(func(n int64) warehouse.KeyPair {
			return warehouse.NewKeyPair(base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "private %d", n)), fmt.Appendf(nil, "private %d", n))
		}), "", nil},
		{"a script with the order of a map", same, "once and", script(func(*dialConfig, string) (string, error) {
			out := "script"
			for k := range map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6} {
				out += k
			}
			return out, nil
		}), "", nil},
		{"a script with the time", same, "from byte 3 on it says", script(func(*dialConfig, string) (string, error) { return fmt.Sprint("at ", count.Add(1)), nil }), "", nil},
		{"a script that no database keeps", same, "the script is not UTF-8 without NUL", script(func(*dialConfig, string) (string, error) { return "\xff", nil }), "", nil},
		{"a script that fails", same, "SetupScript fails: no", script(func(*dialConfig, string) (string, error) { return "", errors.New("no") }), "", nil},
		{"a script with the password", secretless, `the script holds the field "password", as it is`,
			script(func(c *dialConfig, _ string) (string, error) { return "PASSWORD '" + c.Password + "'", nil }), "", nil},
		{"a script with the password in a URL", secretless, `the script holds the field "password", as in a URL`,
			script(func(c *dialConfig, _ string) (string, error) { return "?p=" + url.QueryEscape(c.Password), nil }), "", nil},
		{"a script that depends on the password", secretless, "it depends on them",
			script(func(c *dialConfig, _ string) (string, error) { return fmt.Sprint(len(c.Password)), nil }), "", nil},
		{"a script that needs the password", secretless, "without the sensitive fields, SetupScript fails: no password",
			script(func(c *dialConfig, _ string) (string, error) {
				if c.Password == "" {
					return "", errors.New("no password")
				}
				return "script", nil
			}), "", nil},
		{"a probe that ignores its deadline", deadline, "with a server that says nothing Probe had not returned 100ms after its deadline", func(c *Connector) {
			c.ProbeFunc = func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				conn, err := net.Dial("tcp", target.Config().(*dialConfig).Address)
				if err != nil {
					return nil, err
				}
				defer conn.Close()
				return nil, greet(context.Background(), conn)
			}
		}, "", nil},
		{"a probe that panics", deadline, "with the given fields it panics: no", func(c *Connector) {
			c.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) { panic("no") }
		}, "", nil},
		{"a goroutine that is left", left, "with the given fields a goroutine outlives it: ", func(c *Connector) {
			c.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				go func() { <-stop }()
				return dial(ctx, target)
			}
		}, "", nil},
		{"a connection that is left", left, "with a server that says nothing 1 network connections outlive it", func(c *Connector) {
			c.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				conn, err := net.Dial("tcp", target.Config().(*dialConfig).Address)
				if err != nil {
					return nil, err
				}
				leaked = append(leaked, conn) // or it would be closed when it is collected
				return nil, greet(ctx, conn)
			}
		}, "", nil},
		{"a probe that passes whatever happens", fails, "with a server that says nothing it passes", report(), "", nil},
		{"a probe that passes once it is connected", fails, "with a server that says nothing it passes", func(c *Connector) {
			c.ProbeFunc = func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				conn, err := net.Dial("tcp", target.Config().(*dialConfig).Address)
				if err == nil {
					conn.Close()
				}
				return nil, err
			}
		}, "", nil},
		{"a step without a name", steps, "step 1 has no name", report(warehouse.StepResult{Status: "passed"}), "", nil},
		{"two steps of one name", steps, `two steps are called "a"`, report(warehouse.StepResult{Name: "a", Status: "passed"}, warehouse.StepResult{Name: "a", Status: "passed"}), "", nil},
		{"a status of one's own", steps, `the step "a" has the status "ok", which is none of warehouse's constants`, report(warehouse.StepResult{Name: "a", Status: "ok"}), "", nil},
		{"a step that took less than nothing", steps, `the step "a" took -1s`, report(warehouse.StepResult{Name: "a", Status: "passed", Duration: -time.Second}), "", nil},
		{"a step that is skipped for nothing", steps, `the step "a" was skipped although none before it failed`, report(warehouse.StepResult{Name: "a", Status: "skipped"}), "", nil},
		{"a skipped step that took time", steps, `the step "b" was skipped and took 1s`,
			report(warehouse.StepResult{Name: "a", Status: "failed"}, warehouse.StepResult{Name: "b", Status: "skipped", Duration: time.Second}), "", nil},
		{"a step after the one that failed", steps, `the step "b" is "passed" after "a" failed`, report(warehouse.StepResult{Name: "a", Status: "failed"}, warehouse.StepResult{Name: "b", Status: "passed"}), "", nil},
		{"a step that failed and a probe that did not", steps, `the step "a" failed, and Probe returned no error`, report(warehouse.StepResult{Name: "a", Status: "failed"}), "", nil},
		{"a probe that failed and no step that did", steps, "Probe failed (\"no\"), and no step did", func(c *Connector) {
			c.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return []warehouse.StepResult{{Name: "a", Status: "passed"}}, errors.New("no")
			}
		}, "", nil},
		{"an error of another step", steps, `the error names the step "b", and the one that failed is "a"`, func(c *Connector) {
			c.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return []warehouse.StepResult{{Name: "a", Status: "failed"}}, &warehouse.ProbeError{Step: "b", Message: "no"}
			}
		}, "", nil},
		{"steps that are left out", steps, `the steps are ["1"], and they were ["0"] before`, func(c *Connector) {
			var n atomic.Int64
			c.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
				return []warehouse.StepResult{{Name: strconv.FormatInt(n.Add(1)/3, 10), Status: "passed"}}, nil
			}
		}, "", nil},
		{"a code of one's own", shared2, `the code is "oops"`, says(func(string) error { return &warehouse.ProbeError{Code: "oops", Message: "no"} }), "", nil},
		{"a password in an error", silent, `the error holds the field "password", as it is`, says(func(p string) error { return errors.New("bad " + p) }), "", nil},
		{"a password in a URL in an error", silent, `the error holds the field "password", as in a URL`,
			says(func(p string) error { return errors.New(url.UserPassword("u", p).String()) }), "", nil},
		{"a password in a hint", silent, `the error's hint holds the field "password", as it is`, says(func(p string) error { return &warehouse.ProbeError{Message: "no", Hint: p} }), "", nil},
		{"a password in a fix", silent, `the error's fix holds the field "password", as in a URL`,
			says(func(p string) error {
				return errors.Join(errors.New("x"), &warehouse.ProbeError{Message: "no", Fix: url.QueryEscape(p)})
			}), "", nil},
		{"a password in a cause", silent, `the error holds the field "password", in base64`,
			says(func(p string) error {
				return &warehouse.ProbeError{Message: "no", Err: errors.New(base64.StdEncoding.EncodeToString([]byte(p)))}
			}), "", nil},
		{"a password in a struct", silent, `holds the field "password", as it is`, says(func(p string) error { return loudError{p} }), "", nil},
		{"a private key in an error", silent, "holds the private key, as it is", func(c *Connector) {
			c.ProbeFunc = func(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
				return nil, fmt.Errorf("bad key %s", target.Keys.PrivateKey())
			}
		}, "", nil},
		{"a connector that fails at once", goroutines, "it panicked: at once", func(c *Connector) {
			var n atomic.Int64
			c.SetupScriptFunc = func(any, string) (string, error) {
				if n.Add(1) > 1 {
					panic("at once")
				}
				return "", nil
			}
		}, "", nil},
	} {
		covered[test.rule] = true
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			connector := dialling()
			if test.broken != nil {
				test.broken(connector)
			}
			options := at(connector)
			if test.fields == "" {
				test.fields = dialFields(nowhere(t))
			} else {
				options.At = nil
			}
			if test.adjust != nil {
				test.adjust(options)
			}
			i := slices.IndexFunc(connectorRules, func(r connectorRule) bool { return r.name == test.rule })
			if i < 0 {
				t.Fatalf("there is no rule %q", test.rule)
			}
			c := newConnectorTest(connector, test.fields, options)
			c.patience = 100 * time.Millisecond // what is broken stays so
			err := connectorRules[i].broken(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the rule %q says %v, want it to say %q", test.rule, err, test.says)
			}
		})
	}
	for _, rule := range connectorRules {
		if !covered[rule.name] {
			t.Errorf("the rule %q is never broken", rule.name)
		}
		if rule.why == "" {
			t.Errorf("the rule %q does not say why", rule.name)
		}
	}
}

// A growingConfig gets longer each time that it is read.
type growingConfig struct {
	Address  grown  `json:"address"`
	Password string `json:"password"`
}

type grown string

func (g *grown) UnmarshalText(text []byte) error {
	*g = grown(text) + "!"
	return nil
}

// A fickleConfig does not take what it has taken.
type fickleConfig struct {
	Number   fickle `json:"number"`
	Password string `json:"password"`
}

var fickleReads sync.Map // the number of times, by text

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
	APIToken string `json:"api_token,omitempty"`
	Password string `json:"password"`
}

type loudError struct{ password string }

func (e loudError) Error() string { return "no" }
