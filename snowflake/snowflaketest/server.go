package snowflaketest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/engine"
	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/wire"
)

// A Server is one Snowflake account that listens on a port of the loopback interface. Its methods may be called from
// any goroutine.
type Server struct {
	URL  string // such as http://127.0.0.1:12345, or https with NewTLS
	Addr string // such as 127.0.0.1:12345

	account *engine.Account
	handler *wire.Handler

	http     *http.Server
	ca       *authority // nil without TLS
	served   chan struct{}
	closed   sync.Once
	conns    sync.WaitGroup
	handlers sync.WaitGroup
}

// New starts a server that speaks plain HTTP, as the driver does if its Protocol is "http". The caller should call
// Close when done. New panics if it cannot listen, as [net/http/httptest.NewServer] does.
func New() *Server { return start(nil) }

// NewTLS starts a server that speaks HTTPS and has a certificate for every host name. To reach it as
// xy12345.snowflakecomputing.com, a client needs a transport that trusts RootCAs and dials Addr.
func NewTLS() *Server {
	ca, err := newAuthority()
	if err != nil {
		panic("snowflaketest: cannot make a certificate: " + err.Error())
	}
	return start(ca)
}

func start(ca *authority) *Server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("snowflaketest: cannot listen on 127.0.0.1: " + err.Error())
	}
	account := engine.New()
	s := &Server{
		URL:     "http://" + listener.Addr().String(),
		Addr:    listener.Addr().String(),
		account: account,
		handler: wire.NewHandler(account),
		ca:      ca,
		served:  make(chan struct{}),
	}
	if ca != nil {
		s.URL = "https://" + s.Addr
		listener = tls.NewListener(listener, ca.config())
	}
	s.http = &http.Server{
		Handler:   http.HandlerFunc(s.serve),
		ErrorLog:  log.New(io.Discard, "", 0), // clients that hang up are expected
		ConnState: s.track,
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(listener) // always http.ErrServerClosed
	}()
	return s
}

// Close ends all requests, also those that hang, and waits until every goroutine of the server has returned. Further
// calls do nothing.
func (s *Server) Close() {
	s.closed.Do(func() {
		_ = s.http.Close()
		<-s.served
		// Connections first: after that no handler starts. A handler that took over its connection may still run.
		s.conns.Wait()
		s.handlers.Wait()
	})
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.handlers.Add(1)
	defer s.handlers.Done()
	s.handler.ServeHTTP(w, r)
}

func (s *Server) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

// RootCAs returns a pool with the server's certificate authority, or nil without TLS.
func (s *Server) RootCAs() *x509.CertPool {
	if s.ca == nil {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AddCert(s.ca.cert)
	return pool
}

// Run runs a script in a session of its own, as the user ADMIN with the role ACCOUNTADMIN.
//
// It stops at the first statement that is refused, with an [*Error], and returns the results of the statements before
// it. Their effects stay, since Snowflake has no transaction around such statements.
func (s *Server) Run(script string) ([]Result, error) { return s.account.RunScript(nil, script) }

// RunAs is Run for an administrator who holds only the given roles, and begins with the first of them. Role names are
// written as in SQL. Without roles it begins with PUBLIC.
func (s *Server) RunAs(roles []string, script string) ([]Result, error) {
	if roles == nil {
		roles = []string{}
	}
	return s.account.RunScript(roles, script)
}

// SetAsync makes statements answer asynchronously, as Snowflake does for those that take long: the client has to ask
// for the result as often as polls returns. Polls is called for each statement, from any goroutine. Nil restores
// immediate results.
func (s *Server) SetAsync(polls func() int) { s.handler.SetAsync(polls) }

// SetArrow sets whether SELECT returns its result in the Arrow format, as Snowflake does, to a session that did not ask
// for JSON with the parameter GO_QUERY_RESULT_FORMAT. The server cannot encode Arrow, so such a result has no rows.
func (s *Server) SetArrow(arrow bool) { s.handler.SetArrow(arrow) }

// SetUpTrial adds what a new or trial account has: the warehouse COMPUTE_WH, owned by ACCOUNTADMIN. SYSADMIN has no
// privilege on it, so CREATE WAREHOUSE IF NOT EXISTS is refused with 003041.
func (s *Server) SetUpTrial() error {
	_, err := s.Run("CREATE WAREHOUSE COMPUTE_WH")
	return err
}

// PutFile puts a file into a stage, which is named as in SQL: database.schema.stage, each part bare or quoted.
func (s *Server) PutFile(stage, name string, size int64) error {
	return s.account.PutFile(stage, name, size)
}

// SetClock replaces the server's clock, by which it checks tokens and sets the Date header. Nil restores time.Now.
func (s *Server) SetClock(now func() time.Time) { s.account.SetClock(now) }

// SetClientIP makes every client appear to come from an address, for network policies. The zero Addr restores the
// client's own.
func (s *Server) SetClientIP(address netip.Addr) { s.handler.SetClientIP(address) }

// SetValidateDefaults sets whether a login that asks for it is refused if the role may not use the warehouse,
// database or schema. If false, such a login passes and CURRENT_WAREHOUSE() and the like are NULL. The default is
// true.
func (s *Server) SetValidateDefaults(validate bool) { s.handler.SetValidateDefaults(validate) }
