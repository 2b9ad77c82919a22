package warehousetest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// A dialConfig is the config of a connector whose warehouse sends "welcome".
type dialConfig struct {
	Address  string   `json:"address" title:"T" help:"H."`
	Schema   name     `json:"schema" title:"T" help:"H."`
	Tags     []string `json:"tags,omitempty" title:"T" help:"H."`
	Keyspace string   `json:"keyspace,omitempty" title:"T" help:"H."`
	Password string   `json:"password,omitempty" title:"T" help:"H."`
}

// A name is lower case.
type name string

func (n *name) UnmarshalText(text []byte) error {
	*n = name(strings.ToLower(string(text)))
	return nil
}

const dialPassword = "correct & horse battery"

func dialFields(address string) string {
	return fmt.Sprintf(`{"address":%q,"schema":"PUBLIC","tags":["a"],"password":%q}`, address, dialPassword)
}

// dialing returns a connector that breaks no rule.
func dialing() *Connector {
	return &Connector{
		ConfigFunc:          func() any { return &dialConfig{Schema: "main"} },
		SensitiveFieldsFunc: func() []string { return []string{"password"} },
		ImmutableFieldsFunc: func() []string { return []string{"address"} },
		ProbeFunc:           dial,
		SetupScriptFunc: func(config any, publicKey string) (string, error) {
			c, err := warehouse.ConfigAs[dialConfig](config)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("CREATE SCHEMA %q FOR %s;", c.Schema, publicKey), nil
		},
	}
}

func dial(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
	config, err := warehouse.ConfigAs[dialConfig](target.Config())
	if err != nil {
		return nil, err
	}
	var conn net.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	return warehouse.RunSteps(ctx,
		warehouse.Step{Name: "connect", Run: func(ctx context.Context) (err error) {
			var dialer net.Dialer
			conn, err = dialer.DialContext(ctx, "tcp", config.Address)
			return err
		}},
		warehouse.Step{Name: "greet", Run: func(ctx context.Context) error { return greet(ctx, conn) }},
	)
}

func greet(ctx context.Context, conn net.Conn) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return fmt.Errorf("no greeting: %w", err)
	}
	if line != "welcome\n" {
		return &warehouse.ProbeError{Code: warehouse.CodeUnexpectedResponse, Message: "This is not a warehouse."}
	}
	return nil
}

// at returns options with which the connector probes the server of the suite.
func at(connector warehouse.Connector) *ConnectorOptions {
	return &ConnectorOptions{At: func(address string) (warehouse.Connector, string) { return connector, dialFields(address) }}
}

// unusedAddress returns an address where nothing listens.
func unusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
