package warehouse_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/warehousekit/warehousekit/warehouse"
)

// counters stand in for a metrics library's.
type counters struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counters) add(action warehouse.Action, outcome warehouse.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[string(action)+" "+string(outcome)]++
}

// Every action is told to the host once it has ended. Action, outcome, type and code have few values, and
// are what to count by; organisation and connection have many, and belong into an audit trail.
func ExampleOptions_onEvent() {
	count := &counters{n: make(map[string]int)}
	service, err := newExampleService(&warehouse.Options{
		OnEvent: func(_ context.Context, e warehouse.Event) {
			count.add(e.Action, e.Outcome)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, caller := context.Background(), warehouse.Caller{Organisation: "8"}
	fields := warehouse.Fields{"type": json.RawMessage(`"fake"`), "account": json.RawMessage(`"xy12345"`)}
	connection, _ := service.Create(ctx, caller, fields)
	_, _ = service.Create(ctx, caller, fields)
	_, _ = service.Test(ctx, caller, connection.ID)
	_, _ = service.Test(ctx, caller, connection.ID)
	_, _ = service.Get(ctx, caller, "wc_of_somebody_else")

	fmt.Println(count.n)
	// Output:
	// map[create done:1 create refused:1 read refused:1 test done:2]
}
