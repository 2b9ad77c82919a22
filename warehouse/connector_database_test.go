package warehouse_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/warehousetest"
)

// A databaseConnector's databases fail to connect, and say with what they were to.
type databaseConnector struct{ warehousetest.Connector }

func (*databaseConnector) Database(target warehouse.Target) (driver.Connector, error) {
	config := target.Config().(*warehousetest.Config)
	return unreachable{errors.New(config.Account + ", " + config.Password + ", " + string(target.Keys.PrivateKey()))}, nil
}

type unreachable struct{ err error }

func (u unreachable) Connect(context.Context) (driver.Conn, error) { return nil, u.err }
func (u unreachable) Driver() driver.Driver                        { return nil }

func TestOpenDB(t *testing.T) {
	t.Parallel()
	service := warehousetest.NewService(t, &databaseConnector{}, nil)
	caller := warehouse.Caller{Organisation: "8"}
	if _, _, err := service.OpenDB(t.Context(), caller); !errors.Is(err, warehouse.ErrNotFound) {
		t.Errorf("without a connection, OpenDB = %v, want ErrNotFound", err)
	}
	created, err := service.Create(t.Context(), caller, warehouse.Fields{
		"type": []byte(`"fake"`), "account": []byte(`"acme"`), "password": []byte(`"hunter2"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	db, connection, err := service.OpenDB(t.Context(), caller)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if connection.ID != created.ID || connection.Status() != warehouse.StatusPending {
		t.Errorf("OpenDB returned the connection %s, %s", connection.ID, connection.Status())
	}
	if err := db.PingContext(t.Context()); err == nil || err.Error() != "acme, hunter2, private key 1" {
		t.Errorf("the database was opened with %q", err)
	}
	if _, _, err := service.OpenDB(t.Context(), warehouse.Caller{Organisation: "9"}); !errors.Is(err, warehouse.ErrNotFound) {
		t.Errorf("for another organisation, OpenDB = %v, want ErrNotFound", err)
	}
}

// A bareConnector is one without what is optional.
type bareConnector struct{ warehouse.Connector }

func TestOpenDBWithoutDatabaseConnector(t *testing.T) {
	t.Parallel()
	var events []warehouse.Event
	connectors, err := warehouse.NewRegistry(map[string]warehouse.Connector{"fake": bareConnector{&warehousetest.Connector{ConfigFunc: func() any { return &struct{}{} }}}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := warehouse.NewService(warehousetest.NewStore(), warehousetest.NewSealer(), connectors, &warehouse.Options{
		OnEvent: func(_ context.Context, e warehouse.Event) { events = append(events, e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	caller := warehouse.Caller{Organisation: "8", Actor: "delivery"}
	if _, err := service.Create(t.Context(), caller, warehouse.Fields{"type": []byte(`"fake"`)}); err != nil {
		t.Fatal(err)
	}
	if db, _, err := service.OpenDB(t.Context(), caller); !errors.Is(err, warehouse.ErrNoDatabase) || db != nil {
		t.Errorf("OpenDB = %v, %v, want ErrNoDatabase", db, err)
	}
	last := events[len(events)-1]
	if last.Action != warehouse.ActionOpen || last.Outcome != warehouse.OutcomeRefused || last.Actor != "delivery" || last.Type != "fake" {
		t.Errorf("the event is %+v", last)
	}
}
