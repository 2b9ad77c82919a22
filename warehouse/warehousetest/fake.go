package warehousetest

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"sync"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A Connector is a fake connector with every optional capability. Its zero value works: its config is a
// [Config], its key pairs cost nothing, and its probes pass. Each func field replaces the method of its name.
//
// A Connector records the targets that it probes. It may be used by any number of goroutines at once, but
// its fields must not change after its first use.
type Connector struct {
	ConfigFunc          func() any
	SensitiveFieldsFunc func() []string
	ImmutableFieldsFunc func() []string
	PresetFieldsFunc    func() []string
	SafeFieldsFunc      func() []string
	NewKeyPairFunc      func(ctx context.Context) (warehouse.KeyPair, error)
	ProbeFunc           func(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error)
	SetupScriptFunc     func(config any, publicKey string) (string, error)
	TeardownScriptFunc  func(config any) (string, error)
	DatabaseFunc        func(target warehouse.Target) (driver.Connector, error)

	// ValidateFunc validates each [Config]. It is not used if ConfigFunc is set.
	ValidateFunc func(config *Config) error

	mu      sync.Mutex
	keys    int
	targets []warehouse.Target
}

var (
	_ warehouse.Connector           = (*Connector)(nil)
	_ warehouse.KeyPairConnector    = (*Connector)(nil)
	_ warehouse.ImmutableConnector  = (*Connector)(nil)
	_ warehouse.PresetConnector     = (*Connector)(nil)
	_ warehouse.SafeFieldsConnector = (*Connector)(nil)
	_ warehouse.TeardownConnector   = (*Connector)(nil)
	_ warehouse.DatabaseConnector   = (*Connector)(nil)
	_ warehouse.Validator           = (*Config)(nil)
)

// A Config is the config of a fake [Connector]. Account is required and immutable, Database has a default,
// Password is optional and sensitive, and Stage is preset by the host.
type Config struct {
	Account  string `json:"account" title:"Account" help:"The name of the account."`
	Database string `json:"database" title:"Database" help:"The name of the database."`
	Password string `json:"password,omitempty" title:"Password" help:"The password of the user."`
	Stage    string `json:"stage" title:"Stage" help:"The stage that files are loaded from."`

	// ValidateFunc is the ValidateFunc of the connector.
	ValidateFunc func(config *Config) error `json:"-"`
}

// Validate calls ValidateFunc. If that is nil, every config is valid.
func (c *Config) Validate() error {
	if c.ValidateFunc == nil {
		return nil
	}
	return c.ValidateFunc(c)
}

// Config returns a [*Config] with the database "ANALYTICS" and the stage "LOADS".
func (c *Connector) Config() any {
	if c.ConfigFunc != nil {
		return c.ConfigFunc()
	}
	return &Config{Database: "ANALYTICS", Stage: "LOADS", ValidateFunc: c.ValidateFunc}
}

// SensitiveFields returns "password", or nothing if ConfigFunc is set.
func (c *Connector) SensitiveFields() []string {
	return c.fields(c.SensitiveFieldsFunc, "password")
}

// ImmutableFields returns "account", or nothing if ConfigFunc is set.
func (c *Connector) ImmutableFields() []string {
	return c.fields(c.ImmutableFieldsFunc, "account")
}

// PresetFields returns "stage", or nothing if ConfigFunc is set.
func (c *Connector) PresetFields() []string {
	return c.fields(c.PresetFieldsFunc, "stage")
}

func (c *Connector) fields(replacement func() []string, field string) []string {
	switch {
	case replacement != nil:
		return replacement()
	case c.ConfigFunc != nil:
		return nil // another config has other fields
	}
	return []string{field}
}

// SafeFields returns "database", or nothing if ConfigFunc is set.
func (c *Connector) SafeFields() []string {
	return c.fields(c.SafeFieldsFunc, "database")
}

// NewKeyPair returns "public key 1" and "private key 1", and counts up with each call.
func (c *Connector) NewKeyPair(ctx context.Context) (warehouse.KeyPair, error) {
	if c.NewKeyPairFunc != nil {
		return c.NewKeyPairFunc(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys++
	return warehouse.NewKeyPair(fmt.Sprintf("public key %d", c.keys), fmt.Appendf(nil, "private key %d", c.keys)), nil
}

// Probe passes with one step, "probe".
func (c *Connector) Probe(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
	c.mu.Lock()
	c.targets = append(c.targets, target)
	c.mu.Unlock()
	if c.ProbeFunc != nil {
		return c.ProbeFunc(ctx, target)
	}
	return warehouse.RunSteps(ctx, warehouse.Step{Name: "probe", Run: func(context.Context) error { return nil }})
}

// SetupScript returns a script with the database, if the config is a [*Config], and the public key.
func (c *Connector) SetupScript(config any, publicKey string) (string, error) {
	if c.SetupScriptFunc != nil {
		return c.SetupScriptFunc(config, publicKey)
	}
	script := "-- A script for nothing.\n"
	if config, err := warehouse.ConfigAs[Config](config); err == nil {
		script += fmt.Sprintf("CREATE DATABASE %q;\n", config.Database)
	}
	return script + fmt.Sprintf("REGISTER KEY %q;\n", publicKey), nil
}

// TeardownScript returns [warehouse.ErrNoTeardown].
func (c *Connector) TeardownScript(config any) (string, error) {
	if c.TeardownScriptFunc != nil {
		return c.TeardownScriptFunc(config)
	}
	return "", warehouse.ErrNoTeardown
}

// Database returns [warehouse.ErrNoDatabase].
func (c *Connector) Database(target warehouse.Target) (driver.Connector, error) {
	if c.DatabaseFunc != nil {
		return c.DatabaseFunc(target)
	}
	return nil, warehouse.ErrNoDatabase
}

// Targets returns the targets of all calls of Probe, in order.
func (c *Connector) Targets() []warehouse.Target {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.targets)
}
