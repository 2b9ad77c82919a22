package snowflake_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func (c *account) teardown(t *testing.T) string {
	t.Helper()
	script, err := c.connector.TeardownScript(c.config)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

func TestTeardownScriptGolden(t *testing.T) {
	t.Parallel()
	checkGolden(t, "teardown.sql", newAccount(t).teardown(t))
	checkGolden(t, "teardown_odd_names.sql", newAccount(t, withEgress).withOddNames(t).teardown(t))
}

func TestTeardownScriptDropsUserAndRole(t *testing.T) {
	t.Parallel()
	for _, who := range runners {
		t.Run(who.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range []*account{newAccount(t), newAccount(t).withOddNames(t)} {
				empty := c.state(t)
				c.run(t, c.setup(t))
				c.mustPass(t)
				full := c.state(t)
				script := c.teardown(t)
				who.run(t, c, script)
				who.run(t, c, script) // again
				after := c.state(t)
				for kind := range full {
					want := full[kind]
					switch {
					case kind == "SHOW ROLES" || kind == "SHOW USERS":
						want = empty[kind]
					case !strings.HasPrefix(kind, "SHOW ") || strings.Contains(kind, "GRANTS"):
						continue // dropped
					}
					if diff := cmp.Diff(want, after[kind]); diff != "" {
						t.Errorf("%s (-want +got):\n%s", kind, diff)
					}
				}
				if _, failure := c.probe(t, longDeadline); failure == nil || failure.Code != warehouse.CodeAuthenticationFailed {
					t.Errorf("after the teardown the probe error is %v", failure)
				}
			}
		})
	}
}

func TestTeardownScriptUndoesSetup(t *testing.T) {
	t.Parallel()
	for _, who := range runners {
		t.Run(who.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range []*account{newAccount(t, withEgress), newAccount(t, withEgress).withOddNames(t)} {
				empty := c.state(t)
				c.run(t, c.setup(t))
				c.run(t, uncommented(c.setup(t)))
				script := c.teardown(t)
				who.run(t, c, script)
				c.run(t, uncommented(script)) // the resource monitor takes ACCOUNTADMIN
				if diff := cmp.Diff(empty, c.state(t)); diff != "" {
					t.Errorf("account (-before +after):\n%s", diff)
				}
			}
		})
	}
}

func TestServiceTeardownScript(t *testing.T) {
	t.Parallel()
	c := newAccount(t)
	caller := warehouse.Caller{Organisation: "8"}
	fields := warehouse.Fields{"type": []byte(`"fake"`), "account_identifier": []byte(`"xy12345.us-east-1"`), "role": []byte(`"\"my role\""`)}
	service := warehousetest.NewService(t, c.connector, nil)
	if _, err := service.TeardownScript(t.Context(), caller, "wc_none"); !errors.Is(err, warehouse.ErrNotFound) {
		t.Errorf("without a connection, TeardownScript = %v, want ErrNotFound", err)
	}
	connection, err := service.Create(t.Context(), caller, fields)
	if err != nil {
		t.Fatal(err)
	}
	script, err := service.TeardownScript(t.Context(), caller, connection.ID)
	if err != nil || !strings.Contains(script, `DROP ROLE IF EXISTS "my role";`) {
		t.Errorf("TeardownScript = %q, %v", script, err)
	}
	if _, err := service.TeardownScript(t.Context(), warehouse.Caller{Organisation: "9"}, connection.ID); !errors.Is(err, warehouse.ErrNotFound) {
		t.Errorf("for another organisation, TeardownScript = %v, want ErrNotFound", err)
	}

	without := warehousetest.NewService(t, new(warehousetest.Connector), nil)
	connection, err = without.Create(t.Context(), caller, warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"a"`)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := without.TeardownScript(t.Context(), caller, connection.ID); !errors.Is(err, warehouse.ErrNoTeardown) {
		t.Errorf("for a type without, TeardownScript = %v, want ErrNoTeardown", err)
	}
}

func TestTeardownScriptErrors(t *testing.T) {
	t.Parallel()
	if script, err := newAccount(t).connector.TeardownScript("config"); err == nil {
		t.Errorf("a config that is a string makes a script: %s", script)
	}
}
