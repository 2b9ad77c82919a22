package warehouse_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// duckConfig is what a customer fills in. Host and password have no default, so they are required.
type duckConfig struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Schema   string `json:"schema"`
	Password string `json:"password"`
}

// duckConnector is a warehouse type of one's own: four methods.
type duckConnector struct{}

func (duckConnector) Config() any               { return &duckConfig{Port: 1294, Schema: "main"} }
func (duckConnector) SensitiveFields() []string { return []string{"password"} }

func (duckConnector) SetupScript(config any, _ string) (string, error) {
	c := config.(*duckConfig)
	return fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS \"%s\";\n", strings.ReplaceAll(c.Schema, `"`, `""`)), nil
}

func (duckConnector) Probe(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
	c := target.Config().(*duckConfig)
	var conn net.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	return warehouse.RunSteps(ctx,
		warehouse.Step{Name: "connect", Run: func(ctx context.Context) (err error) {
			conn, err = new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(c.Host, fmt.Sprint(c.Port)))
			if err != nil && ctx.Err() == nil {
				return &warehouse.ProbeError{Code: warehouse.CodeNetworkUnreachable, Err: err, Hint: "Nothing answers there: check host and port."}
			}
			return err
		}},
		warehouse.Step{Name: "authenticate", Run: func(context.Context) error {
			return errors.New("wrong password") // a plain error is enough
		}},
	)
}

// A connector is four methods and a struct with JSON tags. What it is checked by is
// warehousetest.TestConnector.
func ExampleConnector() {
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"duck": duckConnector{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	service, err := warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer listener.Close()

	ctx, caller := context.Background(), warehouse.Caller{Organisation: "8"}
	connection, err := service.Create(ctx, caller, warehouse.Fields{
		"type":     json.RawMessage(`"duck"`),
		"host":     json.RawMessage(`"127.0.0.1"`),
		"port":     json.RawMessage(fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)),
		"password": json.RawMessage(`"correct horse"`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(connection.SetupScript)
	fmt.Println("the password is shown:", strings.Contains(string(connection.Config), "horse"))

	result, err := service.Test(ctx, caller, connection.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Success, result.Error)
	for _, step := range result.Diagnosis.Steps {
		fmt.Println(step.Name, step.Status)
	}
	// Output:
	// CREATE SCHEMA IF NOT EXISTS "main";
	// the password is shown: false
	// false wrong password
	// connect passed
	// authenticate failed
}
