package warehousetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

const (
	// probeTime is the deadline of a probe whose server may respond, and silentTime of one whose server
	// does not.
	probeTime  = 2 * time.Second
	silentTime = 500 * time.Millisecond

	// A service waits for 0.25 seconds, but test machines stall for longer.
	defaultGrace = 2 * time.Second
)

// A probeRun is the outcome of one probe.
type probeRun struct {
	scenario string
	served   bool // by the suite's server, so the probe must fail
	secrets  []secret

	steps   []warehouse.StepResult
	err     error
	panic   any
	stuck   bool   // it did not return
	running string // the stack of a goroutine that outlived it, if any
	open    int    // connections that outlived it
}

func (c *connectorTest) runProbes() ([]probeRun, error) {
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	type scenario struct {
		name    string
		timeout time.Duration
		serve   func(net.Conn)
	}
	scenarios := []scenario{
		{name: "with the given fields", timeout: probeTime},
		{name: "with a context that has ended"},
	}
	if c.options.At != nil {
		scenarios = append(scenarios,
			scenario{"with a silent server", silentTime, stayOpen},
			scenario{"with a server that hangs up", probeTime, func(net.Conn) {}},
			scenario{"with a server that sends nonsense", probeTime, sendNonsense},
		)
	}
	// The first probe may leave something behind, such as a pool that later ones share.
	if _, err := c.run(c.connector, c.fields, keys, probeTime, false); err != nil {
		return nil, err
	}
	var runs []probeRun
	for _, sc := range scenarios {
		connector, fields := c.connector, c.fields
		var server *server
		if sc.serve != nil {
			if server, err = newServer(sc.serve); err != nil {
				return nil, err
			}
			connector, fields = c.options.At(server.listener.Addr().String())
		}
		run, err := c.run(connector, fields, keys, sc.timeout, true)
		run.scenario, run.served, run.secrets = sc.name, server != nil, c.secrets(fields, keys)
		if server != nil {
			run.open = server.close(c.grace)
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
		if run.stuck || run.running != "" || run.open > 0 {
			break // the other scenarios would only take as long to fail the same rule
		}
	}
	return runs, nil
}

var probeCount atomic.Int64

// run runs one probe. If clean is true, it waits for the goroutines of the probe to end. It finds them by a
// label, which goroutines inherit, since other tests may be running.
func (c *connectorTest) run(connector warehouse.Connector, fields string, keys warehouse.KeyPair, timeout time.Duration, clean bool) (probeRun, error) {
	config, err := configOf(connector, fields)
	if err != nil {
		return probeRun{}, err
	}
	target := warehouse.NewTarget("suite", "wc_suite", config, keys)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	label := fmt.Sprintf("probe-%d", probeCount.Add(1))

	ended := make(chan probeRun, 1)
	go pprof.Do(ctx, pprof.Labels("warehousetest", label), func(ctx context.Context) {
		var run probeRun
		defer func() {
			run.panic = recover()
			ended <- run
		}()
		run.steps, run.err = connector.Probe(ctx, target)
	})
	overdue := time.NewTimer(timeout + c.grace)
	defer overdue.Stop()
	select {
	case run := <-ended:
		if clean {
			waitUntil(c.grace, func() bool {
				run.running = labeled(label)
				return run.running == ""
			})
		}
		return run, nil
	case <-overdue.C:
		return probeRun{stuck: true}, nil
	}
}

// waitUntil polls a condition until it is true or the timeout is over.
func waitUntil(timeout time.Duration, condition func() bool) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-timer.C:
			return
		}
	}
}

// labeled returns the stack of a goroutine with the label, or "".
func labeled(label string) string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return err.Error()
	}
	for group := range strings.SplitSeq(profile.String(), "\n\n") {
		if !strings.Contains(group, `"`+label+`"`) {
			continue
		}
		var frames []string
		for line := range strings.Lines(group) {
			if parts := strings.Split(strings.TrimSpace(line), "\t"); len(parts) > 2 {
				frames = append(frames, parts[2])
			}
		}
		return strings.Join(frames, " < ")
	}
	return ""
}

// A server is not a warehouse. It counts its open connections.
type server struct {
	listener net.Listener
	handlers sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
}

func newServer(serve func(net.Conn)) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s := &server{listener: listener, open: make(map[net.Conn]bool)}
	s.handlers.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open[conn] = true
			s.mu.Unlock()
			s.handlers.Go(func() {
				serve(conn)
				conn.Close()
				s.mu.Lock()
				delete(s.open, conn)
				s.mu.Unlock()
			})
		}
	})
	return s, nil
}

// close closes the server and returns the number of connections that the probe left open for the grace period.
func (s *server) close(grace time.Duration) int {
	open := 0
	waitUntil(grace, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		open = len(s.open)
		return open == 0
	})
	s.listener.Close()
	s.mu.Lock()
	for conn := range s.open {
		conn.Close()
	}
	s.mu.Unlock()
	s.handlers.Wait()
	return open
}

// stayOpen waits until the client closes the connection.
func stayOpen(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// sendNonsense sends half of an HTTP response after the client's first bytes, or after a while for protocols
// in which the server speaks first.
func sendNonsense(conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(silentTime / 5))
	_, _ = conn.Read(make([]byte, 4096))
	_ = conn.SetReadDeadline(time.Time{})
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 29\r\n\r\n<html>This is no warehouse.</")
	stayOpen(conn)
}
