// The server: one account behind a socket.

package snowflaketest

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// A Server is one Snowflake account behind a real socket on the loopback interface.
//
// All methods may be called at any time from any goroutine.
type Server struct {
	URL  string // "http://127.0.0.1:12345", or https for NewTLS
	Addr string // "127.0.0.1:12345", what to dial

	http     *http.Server
	served   chan struct{}
	closing  chan struct{}
	closed   sync.Once
	conns    sync.WaitGroup
	handlers sync.WaitGroup
	ca       *authority

	mu       sync.Mutex
	account  *account
	clock    func() time.Time
	clientIP string
	validate bool
	sessions map[string]*session // by session token
	gone     map[string]bool     // tokens of sessions that were closed
	lastID   int64
	details  map[string]failure
	faults   map[Point][]Fault
	running  map[string]int // request id of a query that has not ended → its index in statements

	requests   map[Point]int
	logins     []Login
	statements []Statement
}

// New starts a server that speaks plain HTTP, which the driver does too when its Protocol is
// "http". Call Close when done. It panics when the loopback interface has no port to give, as
// [net/http/httptest.NewServer] does.
func New() *Server { return start(nil) }

func start(ca *authority) *Server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("snowflaketest: cannot listen on 127.0.0.1: " + err.Error())
	}
	s := &Server{
		Addr:     listener.Addr().String(),
		served:   make(chan struct{}),
		closing:  make(chan struct{}),
		ca:       ca,
		sessions: make(map[string]*session),
		gone:     make(map[string]bool),
		details:  make(map[string]failure),
		faults:   make(map[Point][]Fault),
		running:  make(map[string]int),
		requests: make(map[Point]int),
		validate: true,
	}
	s.account = newAccount(s.now)
	s.URL = "http://" + s.Addr
	if ca != nil {
		s.URL = "https://" + s.Addr
		listener = tls.NewListener(listener, ca.config())
	}
	s.http = &http.Server{
		Handler:   http.HandlerFunc(s.serve),
		ErrorLog:  log.New(io.Discard, "", 0), // a client that hangs up is what this server is for
		ConnState: s.track,
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(listener) // always http.ErrServerClosed
	}()
	return s
}

// Close shuts the server down: it ends hanging requests and waits until every goroutine of the server
// is done. Closing twice is fine.
func (s *Server) Close() {
	s.closed.Do(func() {
		close(s.closing)
		_ = s.http.Close()
		<-s.served
		// Connections first: only then can no handler begin any more. What is left are those that took
		// their connection over.
		s.conns.Wait()
		s.handlers.Wait()
	})
}

// track counts the connections, so that Close can wait for their goroutines.
func (s *Server) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

// SetClock replaces the clock, which decides whether a token's times are right and is shown in the Date
// header of every answer. Nil goes back to time.Now.
func (s *Server) SetClock(now func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = now
}

// SetClientIP makes every client appear to come from an address, which network policies judge. It is
// 127.0.0.1 unless set. An address that cannot be parsed is ignored.
func (s *Server) SetClientIP(address string) {
	if _, err := netip.ParseAddr(address); err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clientIP = address
}

// SetValidateDefaults sets whether a login that asks for it is refused if the role may not use the warehouse,
// database or schema. If false, such a login passes and CURRENT_WAREHOUSE() and the like are NULL. The default is
// true.
func (s *Server) SetValidateDefaults(validate bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.validate = validate
}

// PutFile puts a file into a stage, named as in SQL (`db.schema.stage`, each part bare or quoted). The
// file's name may hold slashes. It fails when there is no such stage.
func (s *Server) PutFile(stage, name string, size int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	admin := s.scriptSession(nil)
	names, path, ok := sql.SplitStage(stage)
	if !ok || path != "" {
		return compilation("001003", "42000", "'%s' does not name a stage.", stage)
	}
	o, err := admin.lookup(stageKind, names, true)
	if err != nil {
		return err
	}
	o.files = append(o.files, file{name: strings.TrimPrefix(name, "/"), size: size, modified: s.now()})
	return nil
}

// now is the server's time; the caller holds s.mu.
func (s *Server) now() time.Time {
	if s.clock != nil {
		return s.clock()
	}
	return time.Now()
}
