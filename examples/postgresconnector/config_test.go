package postgresconnector

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	var c warehouse.Connector = newConnector(t, nil)
	if _, err := warehouse.NewRegistry(map[string]warehouse.Connector{"postgres": c}); err != nil {
		t.Error(err)
	}
	if _, ok := c.(warehouse.ImmutableConnector); !ok {
		t.Error("its immutable fields are not asked for")
	}
	if _, ok := c.(warehouse.DatabaseConnector); !ok {
		t.Error("it cannot be opened as a database")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := Config{Host: "db.example.com", Port: 5432, Database: "shop", Schema: "analytics", User: "loader", Password: password, SSLMode: "verify-full"}
	for name, test := range map[string]struct {
		change func(*Config)
		wrong  []string // fields
	}{
		"nothing wrong":       {func(*Config) {}, nil},
		"an IPv4 address":     {func(c *Config) { c.Host = "203.0.113.9" }, nil},
		"an IPv6 address":     {func(c *Config) { c.Host = "2001:db8::1" }, nil},
		"a name in capitals":  {func(c *Config) { c.Host = "DB-1.Example.COM." }, nil},
		"an empty host":       {func(c *Config) { c.Host = "" }, []string{"host"}},
		"a socket":            {func(c *Config) { c.Host = "/var/run/postgresql" }, []string{"host"}},
		"a socket of Windows": {func(c *Config) { c.Host = `C:\temp` }, []string{"host"}},
		"a port in the host":  {func(c *Config) { c.Host = "db.example.com:5433" }, []string{"host"}},
		"two hosts":           {func(c *Config) { c.Host = "a.example.com,b.example.com" }, []string{"host"}},
		"a zone":              {func(c *Config) { c.Host = "fe80::1%eth0" }, []string{"host"}},
		"a URL":               {func(c *Config) { c.Host = "postgres://loader:" + password + "@db.example.com/shop" }, []string{"host"}},
		"a line break":        {func(c *Config) { c.Host = "db.example.com\n" }, []string{"host"}},
		"no port":             {func(c *Config) { c.Port = 0 }, []string{"port"}},
		"odd names":           {func(c *Config) { c.Database, c.Schema, c.User = `a "b"`, "c'd=e", "f;$$--{role}" }, nil},
		"63 bytes":            {func(c *Config) { c.Schema = strings.Repeat("a", 63) }, nil},
		"64 bytes":            {func(c *Config) { c.Schema = strings.Repeat("a", 62) + "é" }, []string{"schema"}},
		"unseen characters": {func(c *Config) { c.Database, c.Schema, c.User = "a\nb", "a\u202eb", "a\u200bb" },
			[]string{"database", "schema", "user"}},
		"a backslash":        {func(c *Config) { c.User = `a\b` }, []string{"user"}},
		"the superuser":      {func(c *Config) { c.User = "postgres" }, []string{"user"}},
		"a predefined role":  {func(c *Config) { c.User = "pg_monitor" }, []string{"user"}},
		"everyone":           {func(c *Config) { c.User = "public" }, []string{"user"}},
		"a system schema":    {func(c *Config) { c.Schema = "pg_catalog" }, []string{"schema"}},
		"the other one":      {func(c *Config) { c.Schema = "information_schema" }, []string{"schema"}},
		"everyone's schema":  {func(c *Config) { c.Schema = "public" }, nil},
		"the usual database": {func(c *Config) { c.Database = "postgres" }, nil},
		"require":            {func(c *Config) { c.SSLMode = "require" }, nil},
		"disable":            {func(c *Config) { c.SSLMode = "disable" }, nil},
		"a silent fallback":  {func(c *Config) { c.SSLMode = "prefer" }, []string{"sslmode"}},
		"several at once":    {func(c *Config) { c.Host, c.SSLMode = "a b", "" }, []string{"host", "sslmode"}},
	} {
		config := good
		test.change(&config)
		err := config.Validate()
		errs, _ := err.(warehouse.FieldErrors)
		if diff := cmp.Diff(test.wrong, slices.Sorted(maps.Keys(errs))); diff != "" || (err == nil) != (test.wrong == nil) {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("%s: the password is in the message", name)
		}
	}
}

func TestValidateTrimsNames(t *testing.T) {
	t.Parallel()
	config := Config{Host: "db.example.com", Port: 5432, Database: " shop", Schema: "my schema\t", User: "loader\n", SSLMode: "require"}
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	want := Config{Host: "db.example.com", Port: 5432, Database: "shop", Schema: "my schema", User: "loader", SSLMode: "require"}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("the config differs (-want +got):\n%s", diff)
	}
}

func TestUpdateHost(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, newConnector(t, nil), nil)
	caller := warehouse.Caller{Organisation: "8"}
	created, err := service.Create(t.Context(), caller, warehouse.Fields{
		"type": []byte(`"fake"`), "host": []byte(`"db.example.com"`), "database": []byte(`"shop"`), "password": []byte(`"hunter22"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"host":"db.example.com","port":5432,"database":"shop","schema":"analytics","user":"warehouse_loader","sslmode":"verify-full"}`; string(created.Config) != want {
		t.Errorf("the config is %s, want %s", created.Config, want)
	}
	_, err = service.Update(t.Context(), caller, created.ID, warehouse.Fields{"host": []byte(`"evil.example.com"`), "port": []byte("5433")})
	errs, _ := err.(warehouse.FieldErrors)
	if diff := cmp.Diff([]string{"host", "port"}, slices.Sorted(maps.Keys(errs))); diff != "" {
		t.Errorf("the update ended with %v", err)
	}
}

func TestUpdateKeepsPassword(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, newConnector(t, nil), nil)
	caller := warehouse.Caller{Organisation: "8"}
	created, err := service.Create(t.Context(), caller, warehouse.Fields{
		"type": []byte(`"fake"`), "host": []byte(`"db.example.com"`), "database": []byte(`"shop"`), "password": []byte(`"hunter22"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Update(t.Context(), caller, created.ID, warehouse.Fields{"schema": []byte(`"other"`)}); err != nil {
		t.Errorf("with another schema: %v", err)
	}
	for name, value := range map[string]string{"sslmode": `"disable"`, "user": `"other"`, "database": `"other"`} {
		_, err := service.Update(t.Context(), caller, created.ID, warehouse.Fields{name: []byte(value)})
		errs, _ := err.(warehouse.FieldErrors)
		if diff := cmp.Diff([]string{"password"}, slices.Sorted(maps.Keys(errs))); diff != "" {
			t.Errorf("with another %s: %v", name, err)
		}
	}
}

func TestDatabaseHidesPassword(t *testing.T) {
	t.Parallel()
	c := newConnector(t, nil)
	db, err := c.Database(target(Config{Host: "db.example.com", Port: 5432, Password: password, SSLMode: "require"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, db); strings.Contains(text, "p@ss") {
			t.Errorf("%s prints the password", verb)
		}
	}
}

// environment is what a host's own programs may be told about its own database.
var environment = map[string]string{
	"PGHOST": "evil.example.com", "PGPORT": "1", "PGDATABASE": "evil", "PGUSER": "evil", "PGPASSWORD": "evil",
	"PGAPPNAME": "evil", "PGCONNECT_TIMEOUT": "1", "PGSSLMODE": "prefer", "PGSSLKEY": "/nowhere", "PGSSLCERT": "/nowhere",
	"PGSSLROOTCERT": "/nowhere", "PGSSLSNI": "0", "PGSSLPASSWORD": "evil", "PGSSLCERTMODE": "require", "PGSSLNEGOTIATION": "direct",
	"PGTARGETSESSIONATTRS": "standby", "PGTZ": "Asia/Tokyo", "PGOPTIONS": "-c search_path=evil", "PGPASSFILE": "/nowhere",
	"PGMINPROTOCOLVERSION": "3.2", "PGMAXPROTOCOLVERSION": "latest", "PGCHANNELBINDING": "require", "PGREQUIREAUTH": "none",
}

func TestEnvironment(t *testing.T) {
	session := func() *pgx.ConnConfig {
		return newConnector(t, nil).session(&Config{Host: "db.example.com", Port: 5432, SSLMode: "verify-full"})
	}
	for name := range environment {
		t.Setenv(name, "")
	}
	without := session()
	for name, value := range environment {
		t.Setenv(name, value)
	}
	with := session()
	for _, pair := range [][2]reflect.Value{
		{reflect.ValueOf(with.Config), reflect.ValueOf(without.Config)},
		{reflect.ValueOf(*with), reflect.ValueOf(*without)},
	} {
		for i := range pair[0].NumField() {
			field, got, want := pair[0].Type().Field(i), pair[0].Field(i), pair[1].Field(i)
			switch {
			case !field.IsExported() || field.Name == "Config":
			case got.Kind() == reflect.Func: // which compare with nil alone
				if got.IsNil() != want.IsNil() {
					t.Errorf("%s is set by the environment", field.Name)
				}
			case !reflect.DeepEqual(got.Interface(), want.Interface()):
				t.Errorf("%s is %v, and without an environment %v", field.Name, got, want)
			}
		}
	}
	if with.Password != "" || len(with.Fallbacks) > 0 || with.RequireAuth != "scram-sha-256" {
		t.Errorf("the password is %q, the fallbacks are %v, and require_auth is %q", with.Password, with.Fallbacks, with.RequireAuth)
	}
}

func TestNewBadService(t *testing.T) {
	t.Setenv("PGSERVICE", "shop")
	t.Setenv("PGSERVICEFILE", "/nowhere")
	if _, err := New(nil); err == nil || !strings.Contains(err.Error(), "the environment of this process") {
		t.Errorf("New ended with %v", err)
	}
}

func TestProbeCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newConnector(t, &Options{AllowPrivateAddresses: true}).Probe(ctx, target(Config{Host: "127.0.0.1", Port: 1, SSLMode: "disable"}))
	if e := probeError(t, err); e == nil || e.Step != "authenticate" {
		t.Errorf("the probe ended with %v", err)
	}
}
