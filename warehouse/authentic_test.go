package warehouse_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/store/tinkseal"
	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A forgedStore returns rows as if somebody had changed them in the database.
type forgedStore struct {
	warehouse.Store
	change func(*warehouse.Row)
}

func (s *forgedStore) List(ctx context.Context, organisation string) ([]warehouse.Row, error) {
	rows, err := s.Store.List(ctx, organisation)
	return s.forged(rows), err
}

func (s *forgedStore) Get(ctx context.Context, organisation, id string) (warehouse.Row, error) {
	row, err := s.Store.Get(ctx, organisation, id)
	return s.forged([]warehouse.Row{row})[0], err
}

func (s *forgedStore) Page(ctx context.Context, after string, limit int) ([]warehouse.Row, error) {
	rows, err := s.Store.Page(ctx, after, limit)
	return s.forged(rows), err
}

func (s *forgedStore) forged(rows []warehouse.Row) []warehouse.Row {
	for i := range rows {
		s.change(&rows[i])
	}
	return rows
}

// forgeries are changes of a row by somebody who can write to the database.
var forgeries = map[string]func(*warehouse.Row){
	"another script":       func(r *warehouse.Row) { r.SetupScript += "GRANT ROLE ACCOUNTADMIN TO USER EVE;\n" },
	"another public key":   func(r *warehouse.Row) { r.PublicKey = "public key of eve" },
	"another config":       func(r *warehouse.Row) { r.Config = []byte(`{"account":"eve","database":"D"}`) },
	"another preset":       func(r *warehouse.Row) { r.Preset = []byte(`{"stage":"EVE"}`) },
	"another type":         func(r *warehouse.Row) { r.Type = "other" },
	"another revision":     func(r *warehouse.Row) { r.Revision++ },
	"another id":           func(r *warehouse.Row) { r.ID = r.ID[:len(r.ID)-1] + "0" },
	"another organisation": func(r *warehouse.Row) { r.Organisation = "eve" },
	"no script":            func(r *warehouse.Row) { r.SetupScript = "" },
	"script and config that join to the same text": func(r *warehouse.Row) {
		r.Preset, r.SetupScript = append(r.Preset, r.SetupScript[0]), r.SetupScript[1:]
	},
}

// forge returns a service whose store returns changed rows, and the connection in it.
func forge(t *testing.T, change func(*warehouse.Row), options *warehouse.Options) (*warehouse.Service, warehouse.Connection) {
	t.Helper()
	h := newFixture(t, &warehousetest.Connector{}, nil)
	c := h.created(`{"type":"fake","account":"a","password":"hunter2"}`)
	c, err := h.Update(t.Context(), ada, c.ID, fields(t, `{"database":"D"}`)) // the binding follows changes
	if err != nil {
		t.Fatal(err)
	}
	teardown := func(any) (string, error) { return "a teardown script", nil }
	connector := &databaseConnector{Connector: warehousetest.Connector{TeardownScriptFunc: teardown}}
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": connector, "other": connector})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(&forgedStore{h.store, change}, h.sealer, connectors, options)
	if err != nil {
		t.Fatal(err)
	}
	return service, c
}

// uses are the actions that use a stored row.
func uses(service *warehouse.Service, c warehouse.Connection) map[string]func(context.Context) (shown string, err error) {
	return map[string]func(context.Context) (string, error){
		"List": func(ctx context.Context) (string, error) {
			list, err := service.List(ctx, ada)
			return fmt.Sprint(list), err
		},
		"Get": func(ctx context.Context) (string, error) {
			c, err := service.Get(ctx, ada, c.ID)
			return c.SetupScript, err
		},
		"TeardownScript": func(ctx context.Context) (string, error) { return service.TeardownScript(ctx, ada, c.ID) },
		"Test": func(ctx context.Context) (string, error) {
			_, err := service.Test(ctx, ada, c.ID)
			return "", err
		},
		"OpenDB": func(ctx context.Context) (string, error) {
			_, c, err := service.OpenDB(ctx, ada)
			return c.SetupScript, err
		},
		"Update": func(ctx context.Context) (string, error) {
			c, err := service.Update(ctx, ada, c.ID, warehouse.Fields{"database": []byte(`"E"`)})
			return c.SetupScript, err
		},
		"Update without effect": func(ctx context.Context) (string, error) {
			c, err := service.Update(ctx, ada, c.ID, nil)
			return c.SetupScript, err
		},
		"Replace": func(ctx context.Context) (string, error) {
			c, err := service.Replace(ctx, ada, c.ID, warehouse.Fields{"database": []byte(`"E"`)})
			return c.SetupScript, err
		},
		"Verify": func(ctx context.Context) (string, error) { return "", service.Verify(ctx, 0) },
		"Reseal": func(ctx context.Context) (string, error) { return "", service.Reseal(ctx, "", nil) },
	}
}

func TestForgedRowIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, change := range forgeries {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service, c := forge(t, change, nil)
			for action, use := range uses(service, c) {
				shown, err := use(t.Context())
				if !errors.Is(err, warehouse.ErrNotAuthentic) || strings.Contains(shown, "REGISTER") || strings.Contains(shown, "teardown") {
					t.Errorf("%s = %q, %v, want ErrNotAuthentic", action, shown, err)
				}
			}
		})
	}
}

func TestResultIsNotBound(t *testing.T) {
	t.Parallel()
	service, c := forge(t, func(r *warehouse.Row) { r.LastTest = &warehouse.TestResult{Success: true} }, nil)
	for action, use := range uses(service, c) {
		if action == "Update" || action == "Replace" {
			continue // each changes the row
		}
		if _, err := use(t.Context()); err != nil {
			t.Errorf("%s = %v", action, err)
		}
	}
}

func TestSkipVerifyOnRead(t *testing.T) {
	t.Parallel()
	service, c := forge(t, forgeries["another script"], &warehouse.Options{SkipVerifyOnRead: true})
	for action, use := range uses(service, c) {
		shows := action == "List" || action == "Get"
		if _, err := use(t.Context()); errors.Is(err, warehouse.ErrNotAuthentic) == shows {
			t.Errorf("%s = %v, want ErrNotAuthentic: %t", action, err, !shows)
		}
	}
}

func TestForgedRowCanBeDeleted(t *testing.T) {
	t.Parallel()
	service, c := forge(t, forgeries["another script"], nil)
	if err := service.Delete(t.Context(), ada, c.ID); err != nil {
		t.Errorf("Delete = %v", err)
	}
}

func TestForgedRowIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	service, c := forge(t, forgeries["another script"], &warehouse.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	if _, err := service.List(t.Context(), ada); err == nil {
		t.Fatal("List succeeded")
	}
	for _, want := range []string{`"level":"ERROR"`, `"connection":"` + c.ID + `"`, "was changed in the database"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log is %s, want %s in it", log.String(), want)
		}
	}
	if strings.Contains(log.String(), "EVE") {
		t.Errorf("the log quotes the script: %s", log.String())
	}
}

// sealVersion1 seals secrets as version 1 did, which bound them to the organisation, id and public key only.
func sealVersion1(t *testing.T, sealer warehouse.Sealer, c warehouse.Connection) []byte {
	t.Helper()
	plaintext := fmt.Sprintf(`{"version":1,"keys":[{"public_key":%q,"private_key":"cHJpdmF0ZSBrZXk="}],"fields":{"password":"hunter2"}}`, c.PublicKey)
	var data []byte
	for _, part := range []string{"warehousekit connection secrets v1", c.Organisation, c.ID, c.PublicKey} {
		data = binary.BigEndian.AppendUint32(data, uint32(len(part)))
		data = append(data, part...)
	}
	sealed, err := sealer.Seal(t.Context(), []byte(plaintext), data)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestVersion1RowIsBoundLater(t *testing.T) {
	t.Parallel()
	for name, bind := range map[string]func(*fixture, string) error{
		"by an update": func(h *fixture, id string) error {
			_, err := h.Update(h.t.Context(), ada, id, fields(h.t, `{"database":"D"}`))
			return err
		},
		"by a reseal": func(h *fixture, _ string) error { return h.Reseal(h.t.Context(), "", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &warehousetest.Connector{}
			rows := &forgedStore{Store: warehousetest.NewStore(), change: func(*warehouse.Row) {}}
			h := newFixture(t, fake, nil)
			h.store.Store = rows
			c := h.created(`{"type":"fake","account":"a"}`)
			row := h.row(c.ID)
			if err := rows.Reseal(t.Context(), ada.Organisation, c.ID, row.Sealed, sealVersion1(t, h.sealer, c)); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
					t.Fatal(err)
				}
				target := fake.Targets()[len(fake.Targets())-1]
				if got := target.Config().(*warehousetest.Config).Password; got != "hunter2" || string(target.Keys.PrivateKey()) != "private key" {
					t.Errorf("the probe was given the password %q and the key %q", got, target.Keys.PrivateKey())
				}
				if err := bind(h, c.ID); err != nil {
					t.Fatal(err)
				}
			}
			rows.change = forgeries["another script"]
			if _, err := h.Test(t.Context(), ada, c.ID); !errors.Is(err, warehouse.ErrNotAuthentic) {
				t.Errorf("Test of a changed row = %v, want ErrNotAuthentic", err)
			}
		})
	}
}

// BenchmarkGet measures a Get with a keyset in memory, of a row with the key and script of a Snowflake
// connection. The store is in memory too.
func BenchmarkGet(b *testing.B) {
	keys, err := tinkseal.NewKeyset()
	if err != nil {
		b.Fatal(err)
	}
	sealer, err := tinkseal.New(keys)
	if err != nil {
		b.Fatal(err)
	}
	fake := &warehousetest.Connector{
		NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
			return warehouse.NewKeyPair(strings.Repeat("p", 736), bytes.Repeat([]byte{1}, 2375)), nil
		},
		SetupScriptFunc: func(any, string) (string, error) { return strings.Repeat("-- a line of the script\n", 150), nil },
	}
	for _, skip := range []bool{false, true} {
		b.Run(fmt.Sprintf("SkipVerifyOnRead=%t", skip), func(b *testing.B) {
			service := warehousetest.NewService(b, fake, &warehousetest.ServiceOptions{
				Sealer:  sealer,
				Options: warehouse.Options{SkipVerifyOnRead: skip},
			})
			c, err := service.Create(b.Context(), ada, warehouse.Fields{"type": []byte(`"fake"`), "account": []byte(`"a"`)})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := service.Get(b.Context(), ada, c.ID); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
