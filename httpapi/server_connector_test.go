package httpapi_test

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// newConnector returns a fake with the fields of Snowflake and the key and script of the published example. Its
// probes pass.
func newConnector() *warehousetest.Connector {
	return &warehousetest.Connector{
		ConfigFunc: func() any {
			return &config{"", "COMPUTE_WH", "FLAGSMITH", "ANALYTICS", "FLAGSMITH_LOADER", "FLAGSMITH_SERVICE", "FLAGSMITH_STAGE"}
		},
		ImmutableFieldsFunc: func() []string { return []string{"account_identifier"} },
		PresetFieldsFunc:    func() []string { return []string{"stage"} },
		NewKeyPairFunc: func(context.Context) (warehouse.KeyPair, error) {
			return warehouse.NewKeyPair(publicKey, []byte(privateKey)), nil
		},
		SetupScriptFunc: func(any, string) (string, error) { return setupScript, nil },
		ProbeFunc:       steps(nil, nil, nil),
	}
}

// steps returns a probe with the steps of Snowflake, which return the given errors.
func steps(authenticate, query, list error) func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
	return func(ctx context.Context, _ warehouse.Target) ([]warehouse.StepResult, error) {
		ending := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
		return warehouse.RunSteps(ctx,
			warehouse.Step{Name: "authenticate", Run: ending(authenticate)},
			warehouse.Step{Name: "query", Run: ending(query)},
			warehouse.Step{Name: "list_stage", Run: ending(list)},
		)
	}
}

type config struct {
	AccountIdentifier account `json:"account_identifier"`
	Warehouse         name    `json:"warehouse"`
	Database          name    `json:"database"`
	Schema            name    `json:"schema"`
	Role              name    `json:"role"`
	User              name    `json:"user"`
	Stage             string  `json:"stage"`
}

type configWithPassword struct {
	AccountIdentifier account `json:"account_identifier"`
	Warehouse         name    `json:"warehouse"`
	Database          name    `json:"database"`
	Schema            name    `json:"schema"`
	Role              name    `json:"role"`
	User              name    `json:"user"`
	Password          string  `json:"password,omitempty"`
}

type account string

var accountForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,255}$`)

func (a *account) UnmarshalText(text []byte) error {
	trimmed := strings.TrimSpace(string(text))
	if !accountForm.MatchString(trimmed) {
		return errors.New("This is not an account identifier.")
	}
	*a = account(trimmed)
	return nil
}

func (a account) Equal(b any) bool { return strings.EqualFold(string(a), string(b.(account))) }

type name string

func (n *name) UnmarshalText(text []byte) error {
	trimmed := strings.ToUpper(strings.TrimSpace(string(text)))
	if len(trimmed) > 255 {
		return errors.New("A name may have at most 255 characters.")
	}
	*n = name(trimmed)
	return nil
}
