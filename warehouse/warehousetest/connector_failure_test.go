package warehousetest

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

func TestFieldsThatAreCalledLikeCredentialsAreRecognised(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"password", "db_password", "PasswordHash", "passwd", "key_passphrase", "secret", "client_secret", "clientSecret", "access_token", "accessToken",
		"TOKEN", "credentials_json", "private_key", "privateKey", "api_key", "apiKey", "APIKEY", "key", "key2", "aws_access_key_id", "pwd", "pin", "dsn", "jwt",
		"auth", "client-cert", "sas",
	} {
		if !looksSecret(name) {
			t.Errorf("%q passes for no credential", name)
		}
	}
	for _, name := range []string{"account_identifier", "warehouse", "keyspace", "schema", "role", "user", "author", "passenger", "pinned", "monkey", "region", "host", "compass"} {
		if looksSecret(name) {
			t.Errorf("%q passes for a credential", name)
		}
	}
}

func TestTheSuiteKnowsEveryCode(t *testing.T) {
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
		t.Errorf("%d codes are declared, and the suite knows %d", known, len(codes))
	}
}

// TestABrokenConnector is run by the test below, in a process of its own, where it fails.
func TestABrokenConnector(t *testing.T) {
	if os.Getenv("WAREHOUSETEST_BROKEN") == "" {
		return
	}
	connector := &Connector{}
	switch os.Getenv("WAREHOUSETEST_BROKEN") {
	case "first":
		connector.SensitiveFieldsFunc = func() []string { return []string{"pasword"} }
	case "later":
		connector.SensitiveFieldsFunc = func() []string { return nil }
	}
	TestConnector(t, connector, `{"account":"a","password":"made up for this"}`, nil)
}

func TestAFailureSaysWhichRuleWasBrokenAndWhyItExists(t *testing.T) {
	t.Parallel()
	for broken, test := range map[string]struct {
		want  string
		rules int // that were checked
	}{
		"first": {"A connector has a config and field lists that fit together, but warehouse: the connector of type \"sample\": " +
			"SensitiveFields names \"pasword\", which is not a config field.\n        Why: requests are decoded by the config's fields.", 1},
		"later": {"A connector declares what is secret, but the field \"password\" is called like a credential and is neither in SensitiveFields nor excused.\n" +
			"        Why: a field that is not in SensitiveFields is stored in clear", len(connectorRules)},
	} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			binary, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), binary, "-test.run=^TestABrokenConnector$", "-test.v")
			command.Env = append(os.Environ(), "WAREHOUSETEST_BROKEN="+broken)
			output, err := command.CombinedOutput()
			var failed *exec.ExitError
			if !errors.As(err, &failed) || failed.ExitCode() != 1 {
				t.Errorf("the suite ended with %v", err)
			}
			if !strings.Contains(string(output), test.want) {
				t.Errorf("it does not say %q:\n%s", test.want, output)
			}
			if ran := strings.Count(string(output), "=== RUN   TestABrokenConnector/"); ran != test.rules {
				t.Errorf("it checked %d rules, want %d:\n%s", ran, test.rules, output)
			}
		})
	}
}
