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
		t.Error("it is not a warehouse.ImmutableConnector")
	}
	if _, ok := c.(warehouse.DatabaseConnector); !ok {
		t.Error("it is not a warehouse.DatabaseConnector")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := Config{
		Host: "db.example.com", Port: 5432, Database: "shop", Schema: "analytics", User: "loader",
		Password: password, SSLMode: "verify-full",
	}
	for name, test := range map[string]struct {
		change func(*Config)
		wrong  []string // fields
	}{
		"valid":          {func(*Config) {}, nil},
		"IPv4 address":   {func(c *Config) { c.Host = "203.0.113.9" }, nil},
		"IPv6 address":   {func(c *Config) { c.Host = "2001:db8::1" }, nil},
		"uppercase host": {func(c *Config) { c.Host = "DB-1.Example.COM." }, nil},
		"empty host":     {func(c *Config) { c.Host = "" }, []string{"host"}},
		"Unix socket":    {func(c *Config) { c.Host = "/var/run/postgresql" }, []string{"host"}},
		"Windows path":   {func(c *Config) { c.Host = `C:\temp` }, []string{"host"}},
		"port in host":   {func(c *Config) { c.Host = "db.example.com:5433" }, []string{"host"}},
		"two hosts":      {func(c *Config) { c.Host = "a.example.com,b.example.com" }, []string{"host"}},
		"IPv6 zone":      {func(c *Config) { c.Host = "fe80::1%eth0" }, []string{"host"}},
		"URL": {
			func(c *Config) { c.Host = "postgres://loader:" + password + "@db.example.com/shop" },
			[]string{"host"},
		},
		"line break":         {func(c *Config) { c.Host = "db.example.com\n" }, []string{"host"}},
		"zero port":          {func(c *Config) { c.Port = 0 }, []string{"port"}},
		"special characters": {func(c *Config) { c.Database, c.Schema, c.User = `a "b"`, "c'd=e", "f;$$--{role}" }, nil},
		"63 bytes":           {func(c *Config) { c.Schema = strings.Repeat("a", 63) }, nil},
		"64 bytes":           {func(c *Config) { c.Schema = strings.Repeat("a", 62) + "é" }, []string{"schema"}},
		"invisible characters": {
			func(c *Config) { c.Database, c.Schema, c.User = "a\nb", "a\u202eb", "a\u200bb" },
			[]string{"database", "schema", "user"},
		},
		"backslash":          {func(c *Config) { c.User = `a\b` }, []string{"user"}},
		"superuser":          {func(c *Config) { c.User = "postgres" }, []string{"user"}},
		"predefined role":    {func(c *Config) { c.User = "pg_monitor" }, []string{"user"}},
		"PUBLIC":             {func(c *Config) { c.User = "public" }, []string{"user"}},
		"system schema":      {func(c *Config) { c.Schema = "pg_catalog" }, []string{"schema"}},
		"information_schema": {func(c *Config) { c.Schema = "information_schema" }, []string{"schema"}},
		"schema public":      {func(c *Config) { c.Schema = "public" }, nil},
		"database postgres":  {func(c *Config) { c.Database = "postgres" }, nil},
		"require":            {func(c *Config) { c.SSLMode = "require" }, nil},
		"disable":            {func(c *Config) { c.SSLMode = "disable" }, nil},
		"prefer":             {func(c *Config) { c.SSLMode = "prefer" }, []string{"sslmode"}},
		"several fields":     {func(c *Config) { c.Host, c.SSLMode = "a b", "" }, []string{"host", "sslmode"}},
	} {
		config := good
		test.change(&config)
		err := config.Validate()
		errs, _ := err.(warehouse.FieldErrors)
		if diff := cmp.Diff(test.wrong, slices.Sorted(maps.Keys(errs))); diff != "" || (err == nil) != (test.wrong == nil) {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("%s: the message contains the password", name)
		}
	}
}

func TestValidateTrimsNames(t *testing.T) {
	t.Parallel()
	config := Config{
		Host: "db.example.com", Port: 5432, Database: " shop", Schema: "my schema\t", User: "loader\n", SSLMode: "require",
	}
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	want := Config{
		Host: "db.example.com", Port: 5432, Database: "shop", Schema: "my schema", User: "loader", SSLMode: "require",
	}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("the config differs (-want +got):\n%s", diff)
	}
}

func TestUpdateHost(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, newConnector(t, nil), nil)
	caller := warehouse.Caller{Organisation: "8"}
	created, err := service.Create(t.Context(), caller, warehouse.Fields{
		"type": []byte(`"fake"`), "host": []byte(`"db.example.com"`), "database": []byte(`"shop"`),
		"password": []byte(`"hunter22"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"host":"db.example.com","port":5432,"database":"shop","schema":"analytics",` +
		`"user":"warehouse_loader","sslmode":"verify-full"}`
	if string(created.Config) != want {
		t.Errorf("the config is %s, want %s", created.Config, want)
	}
	change := warehouse.Fields{"host": []byte(`"evil.example.com"`), "port": []byte("5433")}
	_, err = service.Update(t.Context(), caller, created.ID, change)
	errs, _ := err.(warehouse.FieldErrors)
	if diff := cmp.Diff([]string{"host", "port"}, slices.Sorted(maps.Keys(errs))); diff != "" {
		t.Errorf("Update: %v (-want +got):\n%s", err, diff)
	}
}

func TestUpdateKeepsPassword(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, newConnector(t, nil), nil)
	caller := warehouse.Caller{Organisation: "8"}
	created, err := service.Create(t.Context(), caller, warehouse.Fields{
		"type": []byte(`"fake"`), "host": []byte(`"db.example.com"`), "database": []byte(`"shop"`),
		"password": []byte(`"hunter22"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Update(t.Context(), caller, created.ID, warehouse.Fields{"schema": []byte(`"other"`)}); err != nil {
		t.Errorf("schema: %v", err)
	}
	for name, value := range map[string]string{"sslmode": `"disable"`, "user": `"other"`, "database": `"other"`} {
		_, err := service.Update(t.Context(), caller, created.ID, warehouse.Fields{name: []byte(value)})
		errs, _ := err.(warehouse.FieldErrors)
		if diff := cmp.Diff([]string{"password"}, slices.Sorted(maps.Keys(errs))); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
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

// environment holds variables with which a host may configure its other programs.
var environment = map[string]string{
	"PGHOST": "evil.example.com", "PGPORT": "1", "PGDATABASE": "evil", "PGUSER": "evil", "PGPASSWORD": "evil",
	"PGAPPNAME": "evil", "PGCONNECT_TIMEOUT": "1", "PGSSLMODE": "prefer", "PGSSLKEY": "/nowhere", "PGSSLCERT": "/nowhere",
	"PGSSLROOTCERT": "/nowhere", "PGSSLSNI": "0", "PGSSLPASSWORD": "evil", "PGSSLCERTMODE": "require",
	"PGSSLNEGOTIATION":     "direct",
	"PGTARGETSESSIONATTRS": "standby", "PGTZ": "Asia/Tokyo", "PGOPTIONS": "-c search_path=evil",
	"PGPASSFILE":           "/nowhere",
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
			case got.Kind() == reflect.Func: // comparable to nil only
				if got.IsNil() != want.IsNil() {
					t.Errorf("the environment changes %s", field.Name)
				}
			case !reflect.DeepEqual(got.Interface(), want.Interface()):
				t.Errorf("%s is %v, want %v", field.Name, got, want)
			}
		}
	}
	if with.Password != "" || len(with.Fallbacks) > 0 || with.RequireAuth != "scram-sha-256" {
		t.Errorf("password %q, fallbacks %v, require_auth %q", with.Password, with.Fallbacks, with.RequireAuth)
	}
}

func TestNewBadService(t *testing.T) {
	t.Setenv("PGSERVICE", "shop")
	t.Setenv("PGSERVICEFILE", "/nowhere")
	if _, err := New(nil); err == nil || !strings.Contains(err.Error(), "the environment of this process") {
		t.Errorf("New: %v", err)
	}
}

func TestProbeCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := newConnector(t, &Options{AllowPrivateAddresses: true})
	_, err := c.Probe(ctx, target(Config{Host: "127.0.0.1", Port: 1, SSLMode: "disable"}))
	if e := probeError(t, err); e == nil || e.Step != "authenticate" {
		t.Errorf("Probe: %v, want an error of the step authenticate", err)
	}
}
