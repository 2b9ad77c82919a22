package warehouse_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// verbs are those of package fmt.
var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t", "%p", "% x", "%#x", "%08d", "%T"}

func TestPrintNoSecret(t *testing.T) {
	t.Parallel()
	config := &warehousetest.Config{Account: "a", Password: password}
	keys := warehouse.NewKeyPair("public", []byte(private))
	target := warehouse.NewTarget("acme", "wc_1", config, keys)
	body := secretBody(t)

	h := newFixture(t, newSecretConnector(), nil)
	c, err := h.Create(t.Context(), ada, body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Test(t.Context(), ada, c.ID); err != nil {
		t.Fatal(err)
	}
	registry, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": newSecretConnector()})
	if err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	events := h.events
	h.mu.Unlock()

	for name, value := range map[string]any{
		"Target": target, "KeyPair": keys, "Fields": body, "Connection": c, "Row": h.row(c.ID),
		"TestResult": h.row(c.ID).LastTest, "Service": h.Service, "Registry": registry, "Events": events,
		"Sealer": h.sealer.Sealer, "Store": h.store.Store, "fake": newSecretConnector(),
		"ProbeError": &warehouse.ProbeError{Message: "no"}, "FieldErrors": warehouse.FieldErrors{"a": {"no"}},
		"Caller": ada, "Options": warehouse.Options{},
	} {
		type hidden struct{ inner any }
		type shown struct{ Inner any }
		for _, verb := range verbs {
			wantNoSecret(t, name+" under "+verb, fmt.Sprintf(verb, value))
			wantNoSecret(t, name+" in a field under "+verb, fmt.Sprintf(verb, shown{value}))
			wantNoSecret(t, name+" behind a pointer under "+verb, fmt.Sprintf(verb, &shown{value}))
			wantNoSecret(t, name+" in a list under "+verb, fmt.Sprintf(verb, []any{value}))
			if name != "Fields" { // a map in an unexported field prints whatever its methods say
				wantNoSecret(t, name+" in an unexported field under "+verb, fmt.Sprintf(verb, hidden{value}))
			}
		}
		if encoded, err := json.Marshal(shown{value}); err == nil {
			wantNoSecret(t, name+" as JSON", string(encoded))
		}
		var log bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			logger := slog.New(handler)
			logger.Info("it", "value", value, "field", shown{value}, "pointer", &shown{value}, slog.Group("group", "value", value))
			logger.With("value", value).Info("it")
		}
		wantNoSecret(t, name+" in a log", log.String())
		wantNoSecret(t, name+" in an error", fmt.Errorf("it: %v", value).Error())
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	target := warehouse.NewTarget("acme", "wc_1", &warehousetest.Config{}, warehouse.NewKeyPair("public", []byte(private)))
	if got, want := fmt.Sprint(target), `connection wc_1 of organisation "acme"`; got != want {
		t.Errorf("a target prints as %q, want %q", got, want)
	}
	body := secretBody(t)
	if got, want := fmt.Sprintf("%v|%s", body, body), "fields account, password, type|fields account, password, type"; got != want {
		t.Errorf("fields print as %q, want %q", got, want)
	}
	encoded, err := json.Marshal(body)
	if err != nil || string(encoded) != `["account","password","type"]` {
		t.Errorf("fields encode as %s, %v", encoded, err)
	}
	if encoded, err = json.Marshal(warehouse.Fields{}); err != nil || string(encoded) != `[]` {
		t.Errorf("no fields encode as %s, %v", encoded, err)
	}
}

func TestZeroValues(t *testing.T) {
	t.Parallel()
	var target warehouse.Target
	if target.Config() != nil || target.Keys.PrivateKey() != nil {
		t.Error("the zero target holds something")
	}
	if got := (&warehouse.ProbeError{}).Error(); got != "the test failed: unknown" {
		t.Errorf("the zero ProbeError says %q", got)
	}
	if got := warehouse.FieldErrors(nil).Error(); got != "warehouse: invalid fields" {
		t.Errorf("no FieldErrors say %q", got)
	}
	if got := (warehouse.Connection{}).Status(); got != warehouse.StatusPending {
		t.Errorf("the zero connection is %q", got)
	}
}

func TestPrivateKeyCopied(t *testing.T) {
	t.Parallel()
	given := []byte("private")
	keys := warehouse.NewKeyPair("public", given)
	clear(given)
	clear(keys.PrivateKey())
	if got := string(keys.PrivateKey()); got != "private" {
		t.Errorf("the private key is %q", got)
	}
}
