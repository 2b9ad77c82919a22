package warehousetest_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

var caller = warehouse.Caller{Organisation: "8"}

func create(t *testing.T, service *warehouse.Service, body warehouse.Fields) warehouse.Connection {
	t.Helper()
	body["type"] = []byte(`"` + warehousetest.FakeType + `"`)
	c, err := service.Create(t.Context(), caller, body)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func config(t *testing.T, target warehouse.Target) *warehousetest.Config {
	t.Helper()
	config, err := warehouse.ConfigAs[warehousetest.Config](target.Config())
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestZeroFake(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{}
	service := warehousetest.NewService(t, fake, nil)
	c := create(t, service, warehouse.Fields{"account": []byte(`"acme"`), "password": []byte(`"hunter2"`)})
	if string(c.Config) != `{"account":"acme","database":"ANALYTICS"}` || c.PublicKey == "" || !strings.Contains(c.SetupScript, c.PublicKey) {
		t.Errorf("the connection is %+v", c)
	}
	result, err := service.Test(t.Context(), caller, c.ID)
	if err != nil || !result.Success || len(result.Diagnosis.Steps) != 1 {
		t.Errorf("Test = %+v, %v", result, err)
	}
	if list, err := service.List(t.Context(), caller); err != nil || len(list) != 1 || list[0].Status() != warehouse.StatusConnected {
		t.Errorf("List = %+v, %v", list, err)
	}
}

func TestFakeTargets(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{}
	if got := fake.Targets(); len(got) != 0 {
		t.Errorf("before the first probe, Targets = %v", got)
	}
	service := warehousetest.NewService(t, fake, nil)
	c := create(t, service, warehouse.Fields{"account": []byte(`"acme"`), "password": []byte(`"hunter2"`)})
	for _, database := range []string{`"ONE"`, `"TWO"`} {
		if _, err := service.Update(t.Context(), caller, c.ID, warehouse.Fields{"database": []byte(database)}); err != nil {
			t.Fatal(err)
		}
		if _, err := service.Test(t.Context(), caller, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	var got []warehousetest.Config
	for _, target := range fake.Targets() {
		got = append(got, *config(t, target))
		if target.ConnectionID != c.ID || target.Organisation != "8" || string(target.Keys.PrivateKey()) != "private key 1" {
			t.Errorf("Probe got %v with the key %q", target, target.Keys.PrivateKey())
		}
	}
	want := []warehousetest.Config{
		{Account: "acme", Database: "ONE", Password: "hunter2", Stage: "LOADS"},
		{Account: "acme", Database: "TWO", Password: "hunter2", Stage: "LOADS"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	fake.Targets()[0] = warehouse.Target{}
	if fake.Targets()[0].ConnectionID != c.ID {
		t.Error("the result of Targets is not a copy")
	}
}

func TestFakeFuncs(t *testing.T) {
	t.Parallel()
	errNo := errors.New("no")
	type config struct {
		A string `json:"a"`
		B string `json:"b"`
		C string `json:"c"`
	}
	of := func(name string) func() []string { return func() []string { return []string{name} } }
	fake := &warehousetest.Connector{
		ConfigFunc:          func() any { return &config{A: "x"} },
		SensitiveFieldsFunc: of("a"),
		ImmutableFieldsFunc: of("b"),
		PresetFieldsFunc:    of("c"),
		NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
			return warehouse.NewKeyPair("mine", []byte("mine too")), nil
		},
		ProbeFunc: func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) { return nil, errNo },
		SetupScriptFunc: func(config any, publicKey string) (string, error) {
			return fmt.Sprintf("%T %s", config, publicKey), nil
		},
		TeardownScriptFunc: func(config any) (string, error) { return fmt.Sprintf("drop %T", config), nil },
		DatabaseFunc:       func(warehouse.Target) (driver.Connector, error) { return nil, errNo },
	}
	if diff := cmp.Diff(&config{A: "x"}, fake.Config()); diff != "" {
		t.Errorf("Config: (-want +got):\n%s", diff)
	}
	if got := append(append(fake.SensitiveFields(), fake.ImmutableFields()...), fake.PresetFields()...); strings.Join(got, "") != "abc" {
		t.Errorf("the field lists are %v", got)
	}
	keys, err := fake.NewKeyPair(t.Context())
	if err != nil || keys.PublicKey != "mine" {
		t.Errorf("NewKeyPair = %v, %v", keys, err)
	}
	if _, err := fake.Probe(t.Context(), warehouse.Target{}); err != errNo || len(fake.Targets()) != 1 {
		t.Errorf("Probe = %v, and Targets = %v", err, fake.Targets())
	}
	if script, err := fake.SetupScript(1, "key"); err != nil || script != "int key" {
		t.Errorf("SetupScript = %q, %v", script, err)
	}
	if script, err := fake.TeardownScript(1); err != nil || script != "drop int" {
		t.Errorf("TeardownScript = %q, %v", script, err)
	}
	if _, err := fake.Database(warehouse.Target{}); err != errNo {
		t.Errorf("Database = %v", err)
	}
}

func TestFakeValidates(t *testing.T) {
	t.Parallel()
	invalid := warehouse.FieldErrors{"account": {"There is no such account."}}
	service := warehousetest.NewService(t, &warehousetest.Connector{
		ValidateFunc: func(config *warehousetest.Config) error {
			if config.Account == "acme" {
				return nil
			}
			return invalid
		},
	}, nil)
	_, err := service.Create(t.Context(), caller, warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"other"`)})
	var got warehouse.FieldErrors
	if errors.As(err, &got); !cmp.Equal(got, invalid) {
		t.Errorf("Create = %v, want %v", err, invalid)
	}
	create(t, service, warehouse.Fields{"account": []byte(`"acme"`)})
}

func TestZeroFakeHasNoDatabaseAndNoTeardown(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, nil, nil)
	c := create(t, service, warehouse.Fields{"account": []byte(`"acme"`)})
	if _, err := service.TeardownScript(t.Context(), caller, c.ID); !errors.Is(err, warehouse.ErrNoTeardown) {
		t.Errorf("TeardownScript = %v, want ErrNoTeardown", err)
	}
	if _, _, err := service.OpenDB(t.Context(), caller); !errors.Is(err, warehouse.ErrNoDatabase) {
		t.Errorf("OpenDB = %v, want ErrNoDatabase", err)
	}
}

func TestFakeConfigFunc(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{ConfigFunc: func() any {
		return &struct {
			Host string `json:"host"`
		}{}
	}}
	c := create(t, warehousetest.NewService(t, fake, nil), warehouse.Fields{"host": []byte(`"db.example.com"`)})
	if string(c.Config) != `{"host":"db.example.com"}` || c.SetupScript == "" {
		t.Errorf("the connection is %+v", c)
	}
}

func TestFakeConcurrency(t *testing.T) {
	t.Parallel()
	fake := &warehousetest.Connector{}
	var mu sync.Mutex
	seen := make(map[string]bool)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			keys, err := fake.NewKeyPair(t.Context())
			_, _ = fake.Probe(t.Context(), warehouse.Target{})
			mu.Lock()
			defer mu.Unlock()
			if err != nil || seen[keys.PublicKey] || seen[string(keys.PrivateKey())] {
				t.Errorf("NewKeyPair returned %q twice, or the error %v", keys.PublicKey, err)
			}
			seen[keys.PublicKey], seen[string(keys.PrivateKey())] = true, true
		})
	}
	wg.Wait()
	if len(fake.Targets()) != 50 {
		t.Errorf("Targets has %d of 50 probes", len(fake.Targets()))
	}
}
