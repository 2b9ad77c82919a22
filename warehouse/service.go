package warehouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// A Service performs all actions on connections. Its methods are safe for concurrent use, and any number
// of processes may use the same Store.
type Service struct {
	store      Store
	sealer     Sealer
	connectors *Registry

	probeTimeout time.Duration
	maxProbes    int
	maxPerTenant int // probes of one organisation
	skipVerify   bool
	log          *slog.Logger
	onEvent      func(context.Context, Event)

	mu      sync.Mutex
	closing bool
	runs    map[runKey]*run
	probes  map[string]int           // number of runs by organisation
	creates map[string]chan struct{} // by organisation; closed when the create in progress ends

	running sync.WaitGroup // the goroutines of runs
}

// Options are the options of a Service. The zero value is ready to use.
type Options struct {
	// ProbeTimeout is the time limit of a probe, including the opening of its secrets. If zero, 4.5
	// seconds: a response is then sent within 5.
	ProbeTimeout time.Duration

	// MaxProbes is how many tests may run at once, from the start of a probe until it has returned
	// and its result is recorded. Further tests return [ErrBusy]. If zero, 256.
	MaxProbes int

	// SkipVerifyOnRead makes List and Get return rows without opening their secrets, for a Sealer
	// that asks a key management service each time. If somebody changes a row in the database,
	// List and Get then return it: a customer may see, and an administrator run, a setup script
	// that this package did not write. All other methods still return [ErrNotAuthentic]. With a
	// keyset in memory the check takes tens of microseconds.
	SkipVerifyOnRead bool

	// MaxProbesPerOrganisation is how many of them may be of one organisation, those of older configs
	// that overrun included. Further tests of the organisation return [ErrBusy]. If zero, 4.
	MaxProbesPerOrganisation int

	// Logger gets panics, and the causes of errors that callers do not see. If nil, nothing is
	// logged.
	Logger *slog.Logger

	// OnEvent is called for each action after it has ended, before its method returns, for an audit
	// trail and metrics. Each caller of a shared test has an event; that of a caller that
	// disconnected follows when the probe ends. The context has the caller's values, but does not
	// end with the caller and has no deadline. OnEvent must be safe for concurrent use and return
	// quickly. A panic in it is logged. If nil, events are dropped.
	OnEvent func(context.Context, Event)
}

const (
	defaultProbeTimeout = 4500 * time.Millisecond
	defaultMaxProbes    = 256

	defaultMaxProbesPerOrganisation = 4
)

// NewService returns a service. Nil options are the zero Options.
func NewService(store Store, sealer Sealer, connectors *Registry, options *Options) (*Service, error) {
	if options == nil {
		options = &Options{}
	}
	switch {
	case isNil(store):
		return nil, errors.New("warehouse: NewService: the store is nil")
	case isNil(sealer):
		return nil, errors.New("warehouse: NewService: the sealer is nil")
	case connectors == nil:
		return nil, errors.New("warehouse: NewService: the registry of connectors is nil")
	case options.ProbeTimeout < 0:
		return nil, errors.New("warehouse: NewService: Options.ProbeTimeout is negative")
	case options.MaxProbes < 0:
		return nil, errors.New("warehouse: NewService: Options.MaxProbes is negative")
	case options.MaxProbesPerOrganisation < 0:
		return nil, errors.New("warehouse: NewService: Options.MaxProbesPerOrganisation is negative")
	}
	s := &Service{
		store:        store,
		sealer:       sealer,
		connectors:   connectors,
		probeTimeout: options.ProbeTimeout,
		maxProbes:    options.MaxProbes,
		maxPerTenant: options.MaxProbesPerOrganisation,
		skipVerify:   options.SkipVerifyOnRead,
		log:          options.Logger,
		onEvent:      options.OnEvent,
		runs:         make(map[runKey]*run),
		probes:       make(map[string]int),
		creates:      make(map[string]chan struct{}),
	}
	if s.probeTimeout == 0 {
		s.probeTimeout = defaultProbeTimeout
	}
	if s.maxProbes == 0 {
		s.maxProbes = defaultMaxProbes
	}
	if s.maxPerTenant == 0 {
		s.maxPerTenant = defaultMaxProbesPerOrganisation
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// A Caller is the organisation of an action, and who acts for it. Only the host knows; over HTTP its
// Authorize function returns it.
type Caller struct {
	Organisation string // 1 to 255 bytes of UTF-8 without NUL
	Actor        string // for events; may be empty
}

func (c Caller) check() error {
	switch {
	case c.Organisation == "":
		return errors.New("warehouse: the caller's organisation is empty")
	case len(c.Organisation) > 255:
		return fmt.Errorf("warehouse: the caller's organisation has %d bytes, over 255", len(c.Organisation))
	case !isStorable(c.Organisation):
		return errors.New("warehouse: the caller's organisation is not UTF-8 without NUL")
	}
	return nil
}

// isStorable reports whether any database can store the text.
func isStorable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// row returns a row by an id from a request, which may be any text.
func (s *Service) row(ctx context.Context, caller Caller, id string) (Row, error) {
	if !isStorable(id) {
		return Row{}, ErrNotFound // PostgreSQL would return an error
	}
	return s.store.Get(ctx, caller.Organisation, id)
}

// connectorOf returns the connector of a row. A row can outlive the registration of its type: the error then
// wraps [ErrNoConnector].
func (s *Service) connectorOf(row Row) (registered, error) {
	r, err := s.connectors.lookup(row.Type)
	if err != nil {
		return registered{}, fmt.Errorf("%w: connection %s: %w", ErrNoConnector, row.ID, err)
	}
	return r, nil
}

// List returns the organisation's connections, at most one. It returns [ErrNotAuthentic] if a row was
// changed in the database, or if another key sealed its secrets.
func (s *Service) List(ctx context.Context, caller Caller) ([]Connection, error) {
	return observe(ctx, s, caller, Event{Action: ActionList}, func(e *Event) ([]Connection, error) {
		rows, err := s.store.List(ctx, caller.Organisation)
		if err != nil {
			return nil, err
		}
		var connections []Connection
		for _, row := range rows {
			e.about(row.Connection)
			if err := s.verifyRead(ctx, row); err != nil {
				return nil, err
			}
			connections = append(connections, row.Connection)
		}
		return connections, nil
	})
}

// verifyRead checks that a row to be shown is authentic, unless Options.SkipVerifyOnRead is set.
func (s *Service) verifyRead(ctx context.Context, row Row) error {
	if s.skipVerify {
		return nil
	}
	return verify(ctx, s.sealer, row)
}

// Get returns a connection. It returns [ErrNotFound] if there is none with the id, and [ErrNotAuthentic] as
// List does.
func (s *Service) Get(ctx context.Context, caller Caller, id string) (Connection, error) {
	return observe(ctx, s, caller, Event{Action: ActionRead, ConnectionID: id}, func(e *Event) (Connection, error) {
		row, err := s.row(ctx, caller, id)
		if err != nil {
			return Connection{}, err
		}
		e.about(row.Connection)
		if err := s.verifyRead(ctx, row); err != nil {
			return Connection{}, err
		}
		return row.Connection, nil
	})
}

// Delete removes a connection and its sealed secrets. It changes nothing in the customer's warehouse.
// It returns [ErrNotFound] if there is no connection with the id.
func (s *Service) Delete(ctx context.Context, caller Caller, id string) error {
	_, err := observe(ctx, s, caller, Event{Action: ActionDelete, ConnectionID: id}, func(e *Event) (struct{}, error) {
		row, err := s.row(ctx, caller, id)
		if err != nil {
			return struct{}{}, err
		}
		e.about(row.Connection)
		return struct{}{}, s.store.Delete(ctx, caller.Organisation, id)
	})
	return err
}

// Shutdown waits until all probes have returned and their results are recorded. If ctx ends first, it
// returns an error that wraps ctx.Err(). Once Shutdown is called, no further probe starts: Test returns
// [ErrBusy].
func (s *Service) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()

	drained := make(chan struct{})
	go func() {
		s.running.Wait()
		close(drained)
	}()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.runs) == 0 {
			return nil // ctx had ended before, and there is nothing to wait for
		}
		return fmt.Errorf("warehouse: tests are still running: %w", ctx.Err())
	}
}
