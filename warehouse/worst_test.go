package warehouse_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// tested creates a connection with a password, and returns what a test with the probe says.
func tested(t *testing.T, probe func(context.Context, warehouse.Target) ([]warehouse.StepResult, error)) warehouse.TestResult {
	t.Helper()
	service := warehousetest.NewService(t, &warehousetest.Connector{ProbeFunc: probe}, nil)
	c, err := service.Create(t.Context(), me, fields(t, `{"type":"fake","account":"a","password":"correct horse battery"}`))
	if err != nil {
		t.Fatal(err)
	}
	result, err := service.Test(t.Context(), me, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestAPasswordWithinAHeaderIsRedacted(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"", "a", "al", "bob", "admin"} {
		header := base64.StdEncoding.EncodeToString([]byte(user + ":correct horse battery"))
		result := tested(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			return nil, errors.New("401 for Authorization: Basic " + header)
		})
		// What is left shows no more than the bits that it shares with what stood before it.
		if i := len(header) / 2; strings.Contains(result.Error, header[i:i+8]) || !strings.Contains(result.Error, "[redacted]") {
			t.Errorf("for %q the error is %q", user, result.Error)
		}
	}
}

func TestWhatAConnectorSaysOfItsStepsIsHeldToTheThreeStatuses(t *testing.T) {
	t.Parallel()
	result := tested(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		return []warehouse.StepResult{
			{Name: "one", Status: warehouse.StepFailed, Duration: -time.Second},
			{Name: "two", Status: "correct horse battery", Duration: time.Second},
		}, errors.New(strings.Repeat("é", 1<<20))
	})
	want := []warehouse.StepResult{{Name: "one", Status: warehouse.StepFailed}, {Name: "two", Status: warehouse.StepSkipped}}
	if diff := cmp.Diff(want, result.Diagnosis.Steps); diff != "" {
		t.Errorf("the steps (-want +got):\n%s", diff)
	}
	if n := len(result.Error); n > 70<<10 || !strings.HasSuffix(result.Error, "é…") {
		t.Errorf("the error has %d bytes", n)
	}
}

func TestANilProbeErrorFailsTheTest(t *testing.T) {
	t.Parallel()
	result := tested(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		var none *warehouse.ProbeError
		return nil, none
	})
	if result.Success || result.Error == "" || result.Diagnosis.Code != warehouse.CodeUnknown {
		t.Errorf("the result is %+v", result)
	}
}

func TestOfManyCreatesAtOnceOneTakesAKey(t *testing.T) {
	t.Parallel()
	var keys atomic.Int32
	service := warehousetest.NewService(t, &warehousetest.Connector{NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
		keys.Add(1)
		return warehouse.NewKeyPair("public", []byte("private")), nil
	}}, nil)
	var all sync.WaitGroup
	var made, refused atomic.Int32
	for range 64 {
		all.Go(func() {
			switch _, err := service.Create(t.Context(), me, fields(t, `{"type":"fake","account":"a"}`)); {
			case err == nil:
				made.Add(1)
			case errors.Is(err, warehouse.ErrExists):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 || refused.Load() != 63 || keys.Load() != 1 {
		t.Errorf("%d creates succeeded, %d were refused, and %d keys were taken", made.Load(), refused.Load(), keys.Load())
	}
}

func TestSensitiveValuesThatAreTooLongAreRefused(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, &warehousetest.Connector{}, nil)
	_, err := service.Create(t.Context(), me, fields(t, `{"type":"fake","account":"a","password":"`+strings.Repeat("<", 60_000)+`"}`))
	var wrong warehouse.FieldErrors
	if !errors.As(err, &wrong) || len(wrong["non_field_errors"]) != 1 {
		t.Errorf("Create = %.200v, want an error about the fields", err)
	}
	if list, err := service.List(t.Context(), me); err != nil || len(list) != 0 {
		t.Errorf("afterwards there is %v, %v", list, err)
	}
}

func TestVerifyNamesARowWhoseSecretsAreOfAnotherForm(t *testing.T) {
	t.Parallel()
	rows, sealer := warehousetest.NewStore(), warehousetest.NewSealer()
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": &warehousetest.Connector{}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(rows, &laterSealer{Sealer: sealer}, connectors, nil)
	if err != nil {
		t.Fatal(err)
	}
	ids := connect(t, service, 3)
	var found *warehouse.UnopenableError
	if err := service.Verify(t.Context(), 0); !errors.As(err, &found) || found.Checked != 3 || len(found.IDs) != 1 || !slices.Contains(ids, found.IDs[0]) {
		t.Errorf("Verify = %v, want one of three rows named", err)
	}
}

// A laterSealer opens the first of what it is given as if a later version had sealed it.
type laterSealer struct {
	warehouse.Sealer
	once atomic.Bool
}

func (s *laterSealer) Open(ctx context.Context, sealed, associatedData []byte) ([]byte, error) {
	if !s.once.Swap(true) {
		return []byte(`{"version":2}`), nil
	}
	return s.Sealer.Open(ctx, sealed, associatedData)
}

func TestAStuckProbeIsTheOnlyOneOfItsConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var probes atomic.Int32
		h, c := probing(t, func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
			probes.Add(1)
			<-release
			return nil, nil
		}, nil)
		if result, err := h.Test(t.Context(), me, c.ID); err != nil || result.Success {
			t.Fatalf("the stuck test ended with %+v, %v", result, err)
		}
		if _, err := h.Test(t.Context(), me, c.ID); !errors.Is(err, warehouse.ErrBusy) || probes.Load() != 1 {
			t.Errorf("beside it, Test = %v after %d probes, want ErrBusy", err, probes.Load())
		}
		close(release)
		synctest.Wait()
		if result, err := h.Test(t.Context(), me, c.ID); err != nil || !result.Success {
			t.Errorf("when it has ended, Test = %+v, %v", result, err)
		}
	})
}
