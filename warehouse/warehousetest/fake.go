// A fake connector.

package warehousetest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A Connector is a fake. Its zero value works: it takes a [Config], makes key pairs that cost nothing,
// and its probes pass. Each function, where it is set, takes the place of the method of that name. It
// remembers what it was asked, and may be used by any number of goroutines; set its fields before, and
// let a function that is to change its mind read a variable under a lock.
type Connector struct {
	ConfigFunc          func() any
	SensitiveFieldsFunc func() []string
	ImmutableFieldsFunc func() []string
	PresetFieldsFunc    func() []string
	NewKeyPairFunc      func(ctx context.Context) (warehouse.KeyPair, error)
	ProbeFunc           func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error)
	SetupScriptFunc     func(config any, publicKey string) (string, error)

	mu      sync.Mutex
	keys    int
	targets []warehouse.Target
}

var (
	_ warehouse.Connector          = (*Connector)(nil)
	_ warehouse.KeyPairConnector   = (*Connector)(nil)
	_ warehouse.ImmutableConnector = (*Connector)(nil)
	_ warehouse.PresetConnector    = (*Connector)(nil)
)

// A Config is the fake's config: one required field that may not change, one with a default, one that is
// sensitive, and one that is the host's.
type Config struct {
	Account  string `json:"account"`
	Database string `json:"database"`
	Password string `json:"password,omitempty"`
	Stage    string `json:"stage"`
}

// Config returns a [*Config].
func (c *Connector) Config() any {
	if c.ConfigFunc != nil {
		return c.ConfigFunc()
	}
	return &Config{Database: "ANALYTICS", Stage: "LOADS"}
}

// SensitiveFields returns "password", or nothing where ConfigFunc is set.
func (c *Connector) SensitiveFields() []string {
	return c.fields(c.SensitiveFieldsFunc, "password")
}

// ImmutableFields returns "account", or nothing where ConfigFunc is set.
func (c *Connector) ImmutableFields() []string {
	return c.fields(c.ImmutableFieldsFunc, "account")
}

// PresetFields returns "stage", or nothing where ConfigFunc is set.
func (c *Connector) PresetFields() []string {
	return c.fields(c.PresetFieldsFunc, "stage")
}

func (c *Connector) fields(set func() []string, own string) []string {
	switch {
	case set != nil:
		return set()
	case c.ConfigFunc != nil:
		return nil // another config has other fields
	}
	return []string{own}
}

// NewKeyPair returns halves that are texts, and another pair at each call.
func (c *Connector) NewKeyPair(ctx context.Context) (warehouse.KeyPair, error) {
	if c.NewKeyPairFunc != nil {
		return c.NewKeyPairFunc(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys++
	return warehouse.NewKeyPair(fmt.Sprintf("public key %d", c.keys), fmt.Appendf(nil, "private key %d", c.keys)), nil
}

// Probe passes, in the one step "probe".
func (c *Connector) Probe(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
	c.mu.Lock()
	c.targets = append(c.targets, target)
	c.mu.Unlock()
	if c.ProbeFunc != nil {
		return c.ProbeFunc(ctx, target)
	}
	return warehouse.RunSteps(ctx, warehouse.Step{Name: "probe", Run: func(context.Context) error { return nil }})
}

// SetupScript names the public key.
func (c *Connector) SetupScript(config any, publicKey string) (string, error) {
	if c.SetupScriptFunc != nil {
		return c.SetupScriptFunc(config, publicKey)
	}
	script := "-- A script for nothing.\n"
	if config, ok := config.(*Config); ok {
		script += fmt.Sprintf("CREATE DATABASE %q;\n", config.Database)
	}
	return script + fmt.Sprintf("REGISTER KEY %q;\n", publicKey), nil
}

// Targets returns what Probe was asked to test, in order.
func (c *Connector) Targets() []warehouse.Target {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.targets)
}
