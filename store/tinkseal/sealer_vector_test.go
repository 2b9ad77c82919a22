package tinkseal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A storedRow is a row that package warehouse sealed under testdata/test-keyset.json.
type storedRow struct {
	Organisation string          `json:"organisation"`
	ID           string          `json:"id"`
	Type         string          `json:"type"`
	Config       json.RawMessage `json:"config"`
	Preset       json.RawMessage `json:"preset"`
	PublicKey    string          `json:"public_key"`
	SetupScript  string          `json:"setup_script"`
	Sealed       []byte          `json:"sealed"`
	PrivateKey   []byte          `json:"private_key"` // the expected result
	Password     string          `json:"password"`    // the expected result
}

func readTestdata(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// rows are the files in testdata with a row as each version sealed it.
var rows = []string{"row.json", "row_v2.json"}

func readRow(t *testing.T, name string) (stored storedRow) {
	t.Helper()
	if err := json.Unmarshal(readTestdata(t, name), &stored); err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestOpenStoredRow(t *testing.T) {
	for _, name := range rows {
		t.Run(name, func(t *testing.T) {
			stored := readRow(t, name)
			target, err := probed(t, stored)
			if err != nil {
				t.Fatal(err)
			}
			if got := target.Keys.PrivateKey(); !bytes.Equal(got, stored.PrivateKey) {
				t.Errorf("the private key is %q, want %q", got, stored.PrivateKey)
			}
			if got := target.Config().(*vectorConfig).Password; got != stored.Password {
				t.Errorf("the password is %q, want %q", got, stored.Password)
			}
		})
	}
}

func TestOpenRowOfAnotherOrganisation(t *testing.T) {
	for _, name := range rows {
		stored := readRow(t, name)
		stored.Organisation += "x"
		if _, err := probed(t, stored); !errors.Is(err, warehouse.ErrNotAuthentic) {
			t.Errorf("%s: Test = %v, want warehouse.ErrNotAuthentic", name, err)
		}
	}
}

func TestOpenRowWithAnotherScript(t *testing.T) {
	stored := readRow(t, "row_v2.json")
	stored.SetupScript += "x"
	if _, err := probed(t, stored); !errors.Is(err, warehouse.ErrNotAuthentic) {
		t.Errorf("Test = %v, want warehouse.ErrNotAuthentic", err)
	}
}

// probed tests the row's connection with a real service, and returns the target that its connector got.
func probed(t *testing.T, stored storedRow) (warehouse.Target, error) {
	t.Helper()
	keys, err := ParseKeyset(readTestdata(t, "test-keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	connector := &vectorConnector{}
	row := warehouse.Row{
		Connection: warehouse.Connection{
			ID:           stored.ID,
			Organisation: stored.Organisation,
			Type:         stored.Type,
			Config:       stored.Config,
			Preset:       stored.Preset,
			PublicKey:    stored.PublicKey,
			SetupScript:  stored.SetupScript,
			Revision:     1,
		},
		Sealed: stored.Sealed,
	}
	service := warehousetest.NewService(t, nil, &warehousetest.ServiceOptions{
		Store:      oneRow{row: row},
		Sealer:     newSealer(t, keys),
		Connectors: map[string]warehouse.Connector{stored.Type: connector},
	})
	_, err = service.Test(t.Context(), warehouse.Caller{Organisation: stored.Organisation}, stored.ID)
	return connector.target, err
}

type vectorConfig struct {
	Host     string `json:"host"`
	Password string `json:"password"`
}

// vectorConnector keeps the target of its probe.
type vectorConnector struct{ target warehouse.Target }

func (*vectorConnector) Config() any               { return new(vectorConfig) }
func (*vectorConnector) SensitiveFields() []string { return []string{"password"} }

func (c *vectorConnector) Probe(_ context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
	c.target = target
	return nil, nil
}

func (*vectorConnector) SetupScript(any, string) (string, error) { return "", nil }

// oneRow is a store of one row that implements only Get and RecordTest.
type oneRow struct {
	warehouse.Store
	row warehouse.Row
}

func (s oneRow) Get(context.Context, string, string) (warehouse.Row, error) { return s.row, nil }

func (s oneRow) RecordTest(context.Context, warehouse.Row, warehouse.TestResult) error {
	return nil
}
