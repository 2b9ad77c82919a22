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

// A customer creates, updates, tests and deletes the connection of one organisation. It remembers the
// responses to find out if any change was lost.
type customer struct {
	organisation string
	urls         []string    // of the replicas
	possible     []state     // more than one if a request got no response
	counts       map[int]int // responses by status
}

// A state is a possible state of the connection.
type state struct {
	present bool
	id      string // empty if create got no response
	schema  string
}

func newCustomer(organisation string, urls ...string) *customer {
	return &customer{organisation: organisation, urls: urls, possible: []state{{}}, counts: make(map[int]int)}
}

// send returns status 0 if there was no response.
func (c *customer) send(ctx context.Context, method, path, body string) (status int, response string) {
	url := c.urls[rand.IntN(len(c.urls))]
	req, err := http.NewRequestWithContext(ctx, method, url+connectionsPath(c.organisation)+path, strings.NewReader(body))
	if err != nil {
		panic(err) // a bug in the test
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

// act sends one request, and returns an error for an unexpected response. If the server is down or returns
// 500, the state is unknown, and the next call reads it.
func (c *customer) act(ctx context.Context) error {
	if len(c.possible) > 1 {
		return c.check(ctx)
	}
	now := c.possible[0]
	if !now.present {
		next := state{present: true, schema: randomName()}
		status, response := c.send(ctx, http.MethodPost, "", fmt.Sprintf(`{"type": "snowflake", "account_identifier": "xy12345", "schema": %q}`, next.schema))
		if status == http.StatusCreated {
			var created connection
			if err := json.Unmarshal([]byte(response), &created); err != nil {
				return err
			}
			next.id = created.ID
		}
		return c.record(status, http.StatusCreated, response, next)
	}
	switch rand.IntN(4) {
	case 0:
		next := now
		next.schema = randomName()
		status, response := c.send(ctx, http.MethodPatch, now.id+"/", fmt.Sprintf(`{"schema": %q}`, next.schema))
		return c.record(status, http.StatusOK, response, next)
	case 1:
		status, response := c.send(ctx, http.MethodDelete, now.id+"/", "")
		return c.record(status, http.StatusNoContent, response, state{})
	case 2:
		status, response := c.send(ctx, http.MethodPost, now.id+"/test/", "")
		return c.record(status, http.StatusOK, response, now)
	default:
		return c.check(ctx)
	}
}

// record updates the possible states after a request that leads to next.
func (c *customer) record(status, want int, response string, next state) error {
	switch status {
	case want:
		c.possible = []state{next}
	case 0, http.StatusInternalServerError:
		if next != c.possible[0] {
			c.possible = append(c.possible, next)
		}
	default:
		return fmt.Errorf("organisation %s got %d %s, want %d", c.organisation, status, response, want)
	}
	return nil
}

// check compares the connection with the possible states.
func (c *customer) check(ctx context.Context) error {
	status, response := c.send(ctx, http.MethodGet, "", "")
	if status == 0 || status == http.StatusInternalServerError {
		return nil
	}
	var list []struct {
		ID     string `json:"id"`
		Config struct {
			Schema string `json:"schema"`
		} `json:"config"`
	}
	if err := json.Unmarshal([]byte(response), &list); err != nil || len(list) > 1 {
		return fmt.Errorf("organisation %s got the list %d %s", c.organisation, status, response)
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
	return fmt.Errorf("organisation %s has %+v, want one of %+v", c.organisation, found, c.possible)
}

func randomName() string { return fmt.Sprintf("S%d", rand.Uint64()) }

// work calls act for each customer until ctx is done or act fails, and waits for all customers.
func work(ctx context.Context, t *testing.T, customers []*customer) {
	t.Helper()
	done := make(chan error, len(customers))
	for _, c := range customers {
		go func() {
			for ctx.Err() == nil {
				// Finish the request: only the server may fail.
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

// checkAll checks the connections of all customers once the servers are available.
func checkAll(t *testing.T, customers []*customer) {
	t.Helper()
	for _, c := range customers {
		if err := c.check(t.Context()); err != nil {
			t.Error(err)
		}
		if len(c.possible) > 1 {
			t.Errorf("organisation %s still gets no response", c.organisation)
		}
	}
}
