// How the suite for connectors runs probes.

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
	// probeTime is a probe's deadline where something may answer, and silentTime where nothing does.
	probeTime  = 2 * time.Second
	silentTime = 500 * time.Millisecond

	// A service waits for a quarter of a second; machines that run tests stall for longer.
	defaultPatience = 2 * time.Second
)

// A probeRun is one probe that the suite ran, and what it left.
type probeRun struct {
	where   string // completes "with"
	served  bool   // by a server of the suite's, which no probe may pass against
	secrets []secret

	report  []warehouse.StepResult
	err     error
	panic   any
	stuck   bool   // it did not return
	running string // a goroutine that outlived it, "" if none
	open    int    // connections that outlived it
}

func (c *connectorTest) runProbes() ([]probeRun, error) {
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	type scenario struct {
		where   string
		timeout time.Duration // already over if zero
		serve   func(net.Conn)
	}
	scenarios := []scenario{
		{where: "with the given fields", timeout: probeTime},
		{where: "with a context that has ended"},
	}
	if c.options.At != nil {
		scenarios = append(scenarios,
			scenario{"with a server that says nothing", silentTime, sayNothing},
			scenario{"with a server that hangs up", probeTime, hangUp},
			scenario{"with a server that talks nonsense", probeTime, talkNonsense},
		)
	}
	// The first probe may make what all later ones share, so it may leave something.
	if _, err := c.run(probeRun{}, c.connector, c.fields, keys, probeTime, false); err != nil {
		return nil, err
	}
	var runs []probeRun
	for _, s := range scenarios {
		run := probeRun{where: s.where, served: s.serve != nil}
		connector, fields := c.connector, c.fields
		var server *server
		if s.serve != nil {
			if server, err = newServer(s.serve); err != nil {
				return nil, err
			}
			connector, fields = c.options.At(server.address())
		}
		run.secrets = c.secrets(fields, keys)
		run, err = c.run(run, connector, fields, keys, s.timeout, true)
		if server != nil {
			run.open = server.close(c.patience)
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
		if run.stuck || run.running != "" || run.open > 0 {
			break // it would only happen again, and take as long
		}
	}
	return runs, nil
}

var probeCount atomic.Int64

// run runs one probe. Its goroutines are known by a label, which those that they start inherit: other tests
// may run at the same time.
func (c *connectorTest) run(run probeRun, connector warehouse.Connector, fields string, keys warehouse.KeyPair, timeout time.Duration, mayLeaveNothing bool) (probeRun, error) {
	config, err := configOf(connector, fields)
	if err != nil {
		return run, err
	}
	target := warehouse.NewTarget("the suite's", "wc_thesuites", config, keys)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	label := fmt.Sprintf("probe-%d-of-the-suite", probeCount.Add(1))

	type ending struct {
		report []warehouse.StepResult
		err    error
		panic  any
	}
	ended := make(chan ending, 1)
	go pprof.Do(ctx, pprof.Labels("warehousetest", label), func(ctx context.Context) {
		var end ending
		defer func() {
			end.panic = recover()
			ended <- end
		}()
		end.report, end.err = connector.Probe(ctx, target)
	})
	overdue := time.NewTimer(timeout + c.patience)
	defer overdue.Stop()
	select {
	case end := <-ended:
		run.report, run.err, run.panic = end.report, end.err, end.panic
		if mayLeaveNothing {
			run.running = stillRunning(label, c.patience)
		}
	case <-overdue.C:
		run.stuck = true
	}
	return run, nil
}

// stillRunning returns where a goroutine of that label is, once it had time to end.
func stillRunning(label string, patience time.Duration) (where string) {
	waitUntil(patience, func() bool {
		where = labelled(label)
		return where == ""
	})
	return where
}

// waitUntil looks until something is so, or patience is at its end.
func waitUntil(patience time.Duration, is func() bool) {
	patient := time.NewTimer(patience)
	defer patient.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !is() {
		select {
		case <-look.C:
		case <-patient.C:
			return
		}
	}
}

// labelled returns the stack of a goroutine of that label, "" if there is none.
func labelled(label string) string {
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

// A server is one that no warehouse is, and that knows which of its connections are open.
type server struct {
	listener net.Listener
	handlers sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
}

func newServer(serve func(net.Conn)) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the suite's own server: %w", err)
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

func (s *server) address() string { return s.listener.Addr().String() }

// close returns how many connections the probe left open, once they had time to close.
func (s *server) close(patience time.Duration) int {
	left := 0
	waitUntil(patience, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		left = len(s.open)
		return left == 0
	})
	s.listener.Close()
	s.mu.Lock()
	for conn := range s.open {
		conn.Close()
	}
	s.mu.Unlock()
	s.handlers.Wait()
	return left
}

func sayNothing(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) } // until the other end closes it

func hangUp(net.Conn) {}

func talkNonsense(conn net.Conn) {
	// To whoever speaks first, as HTTP has it; where the server does, after a moment.
	_ = conn.SetReadDeadline(time.Now().Add(silentTime / 5))
	_, _ = conn.Read(make([]byte, 4096))
	_ = conn.SetReadDeadline(time.Time{})
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 29\r\n\r\n<html>This is no warehouse.</")
	sayNothing(conn)
}
