package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// A customer is one organisation that creates, updates, tests and deletes its connection in turn, and
// remembers what it was told, so that afterwards it can say whether anything was lost.
type customer struct {
	organisation string
	urls         []string // of the replicas, any of which may be asked
	possible     []state  // one, but for a request that was never answered
	counts       map[int]int
}

// A state is what an organisation may find.
type state struct {
	present bool
	id      string // empty if it was never told
	schema  string
}

func newCustomer(organisation string, urls ...string) *customer {
	return &customer{organisation: organisation, urls: urls, possible: []state{{}}, counts: make(map[int]int)}
}

// ask returns no status where there was no answer.
func (c *customer) ask(ctx context.Context, method, path, body string) (status int, answer string) {
	url := c.urls[rand.IntN(len(c.urls))]
	req, err := http.NewRequestWithContext(ctx, method, url+connectionsPath(c.organisation)+path, strings.NewReader(body))
	if err != nil {
		panic(err) // the test's own mistake
	}
	req.Header.Set("Authorization", "Bearer demo-"+c.organisation)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, ""
	}
	c.counts[res.StatusCode]++
	return res.StatusCode, string(text)
}

// act does one thing, and reports what should not have come of it. A server that is not there, or says
// that it cannot, is no mistake: the customer then no longer knows, and looks first.
func (c *customer) act(ctx context.Context) error {
	if len(c.possible) > 1 {
		return c.look(ctx)
	}
	now := c.possible[0]
	if !now.present {
		next := state{present: true, schema: randomName()}
		status, answer := c.ask(ctx, http.MethodPost, "", fmt.Sprintf(`{"type": "snowflake", "account_identifier": "xy12345", "schema": %q}`, next.schema))
		if status == http.StatusCreated {
			var created connection
			if err := json.Unmarshal([]byte(answer), &created); err != nil {
				return err
			}
			next.id = created.ID
		}
		return c.told(status, http.StatusCreated, answer, next)
	}
	switch rand.IntN(4) {
	case 0:
		next := now
		next.schema = randomName()
		status, answer := c.ask(ctx, http.MethodPatch, now.id+"/", fmt.Sprintf(`{"schema": %q}`, next.schema))
		return c.told(status, http.StatusOK, answer, next)
	case 1:
		status, answer := c.ask(ctx, http.MethodDelete, now.id+"/", "")
		return c.told(status, http.StatusNoContent, answer, state{})
	case 2:
		status, answer := c.ask(ctx, http.MethodPost, now.id+"/test/", "")
		return c.told(status, http.StatusOK, answer, now)
	default:
		return c.look(ctx)
	}
}

func (c *customer) told(status, want int, answer string, next state) error {
	switch status {
	case want:
		c.possible = []state{next}
	case 0, http.StatusInternalServerError:
		if next != c.possible[0] {
			c.possible = append(c.possible, next)
		}
	default:
		return fmt.Errorf("organisation %s got %d %s, and wanted %d", c.organisation, status, answer, want)
	}
	return nil
}

// look compares what is there with what the customer was told.
func (c *customer) look(ctx context.Context) error {
	status, answer := c.ask(ctx, http.MethodGet, "", "")
	if status == 0 || status == http.StatusInternalServerError {
		return nil
	}
	var list []struct {
		ID     string `json:"id"`
		Config struct {
			Schema string `json:"schema"`
		} `json:"config"`
	}
	if err := json.Unmarshal([]byte(answer), &list); err != nil || len(list) > 1 {
		return fmt.Errorf("organisation %s got the list %d %s", c.organisation, status, answer)
	}
	found := state{}
	if len(list) == 1 {
		found = state{present: true, id: list[0].ID, schema: list[0].Config.Schema}
	}
	for _, p := range c.possible {
		if p.present == found.present && p.schema == found.schema && (p.id == found.id || p.id == "") {
			c.possible = []state{found}
			return nil
		}
	}
	return fmt.Errorf("organisation %s finds %+v, and was told %+v", c.organisation, found, c.possible)
}

func randomName() string { return fmt.Sprintf("S%d", rand.Uint64()) }

// work lets each customer act until ctx ends or it finds something wrong, and waits for all.
func work(ctx context.Context, t *testing.T, customers []*customer) {
	t.Helper()
	done := make(chan error, len(customers))
	for _, c := range customers {
		go func() {
			for ctx.Err() == nil {
				// What was begun is finished: only the server may fail to answer.
				if err := c.act(context.WithoutCancel(ctx)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range customers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// lookAll compares everything with what was told, when the servers are there again.
func lookAll(t *testing.T, customers []*customer) {
	t.Helper()
	for _, c := range customers {
		if err := c.look(t.Context()); err != nil {
			t.Error(err)
		}
		if len(c.possible) > 1 {
			t.Errorf("organisation %s still gets no answer", c.organisation)
		}
	}
}
