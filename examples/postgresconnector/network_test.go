package postgresconnector

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/netguard"
)

// A peer listens on the loopback interface, and calls serve for each connection.
type peer struct {
	port     uint16
	accepted atomic.Int32
	ended    chan struct{} // closed after the first connection
}

func newPeer(t *testing.T, serve func(net.Conn)) *peer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	p := &peer{port: uint16(listener.Addr().(*net.TCPAddr).Port), ended: make(chan struct{})}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			n := p.accepted.Add(1)
			go func() {
				defer func() {
					_ = conn.Close()
					if n == 1 {
						close(p.ended)
					}
				}()
				serve(conn)
			}()
		}
	}()
	return p
}

// at returns a config for the peer.
func (p *peer) at(sslmode string) Config {
	return Config{
		Host: "127.0.0.1", Port: p.port, Database: "shop", Schema: "analytics", User: "loader",
		Password: password, SSLMode: sslmode,
	}
}

// silent reads until the client closes the connection, and does not respond.
func silent(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// readOnce reads the first message. Closing a connection with unread data can reset it.
func readOnce(conn net.Conn) { _, _ = conn.Read(make([]byte, 4096)) }

// web responds like a web server.
func web(conn net.Conn) {
	_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
	silent(conn)
}

// refusing returns a server that responds to the login with an error.
func refusing(response *pgproto3.ErrorResponse) func(net.Conn) {
	return func(conn net.Conn) {
		backend := pgproto3.NewBackend(conn, conn)
		if _, err := backend.ReceiveStartupMessage(); err == nil {
			backend.Send(response)
			_ = backend.Flush()
		}
	}
}

// challenging returns a server that requests SCRAM iterations. It sends the challenge in single bytes.
func challenging(iterations int) func(net.Conn) {
	return func(conn net.Conn) {
		backend := pgproto3.NewBackend(conn, conn)
		if _, err := backend.ReceiveStartupMessage(); err != nil {
			return
		}
		backend.Send(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{"SCRAM-SHA-256"}})
		if err := backend.Flush(); err != nil {
			return
		}
		_ = backend.SetAuthType(pgproto3.AuthTypeSASL)
		message, err := backend.Receive()
		if err != nil {
			return
		}
		first, _ := message.(*pgproto3.SASLInitialResponse)
		_, nonce, _ := strings.Cut(string(first.Data), "r=")
		challenge := &pgproto3.AuthenticationSASLContinue{Data: fmt.Appendf(nil, "r=%sx,s=AAAA,i=%d", nonce, iterations)}
		encoded, err := challenge.Encode(nil)
		if err != nil {
			return
		}
		for _, b := range encoded {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
		}
		silent(conn)
	}
}

func certificate() (tls.Certificate, *x509.CertPool) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server.TLS.Certificates[0], roots
}

// encrypted accepts TLS as PostgreSQL does, and calls serve with the decrypted connection.
func encrypted(certificate tls.Certificate, serve func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		var request [8]byte
		if _, err := io.ReadFull(conn, request[:]); err != nil {
			return
		}
		if _, err := conn.Write([]byte("S")); err != nil {
			return
		}
		serve(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}}))
	}
}

// proxy forwards to a server, and copies its responses with edit.
func proxy(address string, edit func(w io.Writer, r io.Reader) (int64, error)) func(net.Conn) {
	return func(conn net.Conn) {
		server, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		go func() {
			_, _ = edit(conn, server)
		}()
		_, _ = io.Copy(server, conn)
		_ = server.Close()
	}
}

// untilReady copies until the login is complete, and discards the rest.
func untilReady(w io.Writer, r io.Reader) (int64, error) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := r.Read(buffer)
		if err != nil {
			return 0, err
		}
		if _, err := w.Write(buffer[:n]); err != nil {
			return 0, err
		}
		if bytes.HasSuffix(buffer[:n], []byte("Z\x00\x00\x00\x05I")) {
			return io.Copy(io.Discard, r)
		}
	}
}

func TestDiagnoseNetwork(t *testing.T) {
	t.Parallel()
	trusted, _ := certificate()
	const (
		checkHost   = "Check host and port."
		refused     = "The connection to {host} was refused or closed."
		hintRefused = "Check host and port, and that the server accepts connections from our address."
	)
	for _, test := range []struct {
		name    string
		serve   func(net.Conn)
		sslmode string
		port    uint16 // 0 means the port of the peer
		want    warehouse.ProbeError
	}{
		{
			name: "refused port", sslmode: "disable", port: refusedPort(t), serve: silent,
			want: warehouse.ProbeError{Code: warehouse.CodeNetworkUnreachable, Message: refused, Hint: hintRefused},
		},
		{
			name: "no TLS", sslmode: "verify-full", serve: func(conn net.Conn) {
				_, _ = conn.Write([]byte("N"))
				silent(conn)
			},
			want: warehouse.ProbeError{
				Code:    warehouse.CodeNetworkUnreachable,
				Message: "{host} does not offer TLS.",
				Hint:    `Turn on ssl on the server. The sslmode "disable" connects without encryption.`,
			},
		},
		{
			name: "untrusted certificate", sslmode: "verify-full", serve: encrypted(trusted, silent),
			want: warehouse.ProbeError{
				Code:    warehouse.CodeNetworkUnreachable,
				Message: "The certificate of {host} is not trusted.",
				Hint: `It is for another host, or not signed by a public authority. ` +
					`The sslmode "require" encrypts without verifying the server.`,
			},
		},
		{
			name: "cleartext password", sslmode: "disable", serve: func(conn net.Conn) {
				_, _ = conn.Write([]byte("R\x00\x00\x00\x08\x00\x00\x00\x03"))
				silent(conn)
			},
			want: warehouse.ProbeError{
				Code:    warehouse.CodeAuthenticationFailed,
				Message: "{host} does not use SCRAM-SHA-256 to authenticate the role.",
				Hint:    `Set password_encryption and pg_hba.conf to scram-sha-256, then run \password {role} in psql.`,
			},
		},
		{
			name: "no authentication", sslmode: "disable", serve: func(conn net.Conn) {
				_, _ = conn.Write([]byte("R\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I"))
				silent(conn)
			},
			want: warehouse.ProbeError{
				Code:    warehouse.CodeAuthenticationFailed,
				Message: "{host} does not use SCRAM-SHA-256 to authenticate the role.",
				Hint:    `Set password_encryption and pg_hba.conf to scram-sha-256, then run \password {role} in psql.`,
			},
		},
		{
			name: "too many SCRAM iterations", sslmode: "disable", serve: challenging(maxIterations + 1),
			want: warehouse.ProbeError{
				Code:    warehouse.CodeAuthenticationFailed,
				Message: "{host} requests too many SCRAM iterations.",
				Hint: `Set scram_iterations to at most 100000 on the server, ` +
					`then run \password {role} in psql.`,
			},
		},
		{
			name: "web server", sslmode: "disable", serve: web,
			want: warehouse.ProbeError{
				Code:    warehouse.CodeUnexpectedResponse,
				Message: "{host} does not respond like a PostgreSQL server.",
				Hint:    checkHost,
			},
		},
		{
			name: "closed", sslmode: "disable", serve: readOnce,
			want: warehouse.ProbeError{Code: warehouse.CodeNetworkUnreachable, Message: refused, Hint: hintRefused},
		},
		{
			name: "closed before TLS", sslmode: "require", serve: readOnce,
			want: warehouse.ProbeError{Code: warehouse.CodeNetworkUnreachable, Message: refused, Hint: hintRefused},
		},
		{
			name: "reset", sslmode: "disable", serve: func(conn net.Conn) {
				readOnce(conn)
				_ = conn.(*net.TCPConn).SetLinger(0)
			},
			want: warehouse.ProbeError{Code: warehouse.CodeNetworkUnreachable, Message: refused, Hint: hintRefused},
		},
		{
			name: "starting", sslmode: "disable",
			serve: refusing(&pgproto3.ErrorResponse{
				Severity: "FATAL", Code: "57P03", Message: "the database system is starting up",
			}),
			want: warehouse.ProbeError{
				Code: warehouse.CodeVendorUnavailable, VendorCode: "57P03",
				Message: "the database system is starting up",
				Hint:    "The server is full, starting or shutting down. Try again in a few minutes.",
			},
		},
		{
			name: "pg_hba.conf, in German", sslmode: "disable",
			serve: refusing(&pgproto3.ErrorResponse{
				Severity: "FATAL", Code: "28000", Message: "kein pg_hba.conf-Eintrag für Host »203.0.113.9«",
				Routine: "ClientAuthentication",
			}),
			want: warehouse.ProbeError{
				Code: warehouse.CodeNetworkBlocked, VendorCode: "28000",
				Message: "kein pg_hba.conf-Eintrag für Host »203.0.113.9«",
				Hint:    "Allow this role, database, sslmode and our address in pg_hba.conf on the server.",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, test.serve)
			config := p.at(test.sslmode)
			if test.port != 0 {
				config.Port = test.port
			}
			_, e := runProbe(t, config)
			if e == nil {
				t.Fatal("the probe succeeded")
			}
			test.want.Step = "authenticate"
			test.want.Message, test.want.Hint = fill(config, test.want.Message), fill(config, test.want.Hint)
			if diff := cmp.Diff(&test.want, e); diff != "" {
				t.Errorf("diagnosis (-want +got):\n%s", diff)
			}
			if test.port == 0 && p.accepted.Load() != 1 {
				t.Errorf("the probe made %d connections, want one", p.accepted.Load())
			}
		})
	}
}

// refusedPort returns a port without a listener.
func refusedPort(t *testing.T) uint16 {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return uint16(listener.Addr().(*net.TCPAddr).Port)
}

func TestProbeDeadline(t *testing.T) {
	t.Parallel()
	trusted, _ := certificate()
	s := newSite(t, "_")
	s.setUp()
	for _, test := range []struct {
		name, sslmode, step string
		serve               func(net.Conn)
	}{
		{"in the login", "disable", "authenticate", silent},
		{"before TLS", "require", "authenticate", silent},
		{"in the TLS handshake", "require", "authenticate", func(conn net.Conn) {
			_, _ = conn.Write([]byte("S"))
			silent(conn)
		}},
		{"in the login after TLS", "require", "authenticate", encrypted(trusted, silent)},
		{"in a query", "disable", "query", proxy(fill(s.config, "{host}"), untilReady)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPeer(t, test.serve)
			config := s.config
			config.Host, config.Port, config.SSLMode = "127.0.0.1", p.port, test.sslmode
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			results, err := newConnector(t, &Options{AllowPrivateAddresses: true}).Probe(ctx, target(config))
			e := probeError(t, err)
			if e == nil {
				t.Fatal("the probe succeeded")
			}
			message := fill(config, "{host} did not respond in time.")
			if e.Code != warehouse.CodeTimeout || e.Step != test.step || e.Message != message {
				t.Errorf("code %s, step %s, message %q", e.Code, e.Step, e.Message)
			}
			if len(results) != 3 || results[2].Status != warehouse.StepSkipped {
				t.Errorf("steps: %+v", results)
			}
			deadline, _ := ctx.Deadline()
			if late := time.Since(deadline); late > 5*time.Second { // without the probe's close, the driver takes 15
				t.Errorf("the probe ended %s after its deadline", late)
			}
			<-p.ended
			if p.accepted.Load() != 1 {
				t.Errorf("the probe made %d connections, want one", p.accepted.Load())
			}
		})
	}
}

func TestSSLModes(t *testing.T) {
	t.Parallel()
	trusted, roots := certificate()
	s := newSite(t, "_")
	s.setUp()
	p := newPeer(t, encrypted(trusted, proxy(fill(s.config, "{host}"), io.Copy)))
	config := s.config
	config.Host, config.Port, config.SSLMode = "127.0.0.1", p.port, "require"
	if _, e := runProbe(t, config); e != nil {
		t.Errorf("require: %v", e)
	}

	config.SSLMode = "verify-full"
	session := newConnector(t, &Options{AllowPrivateAddresses: true}).session(&config)
	session.TLSConfig.RootCAs = roots
	for host, trusted := range map[string]bool{"127.0.0.1": true, "localhost": false} { // the certificate is for 127.0.0.1
		session.Host, session.TLSConfig.ServerName = host, host
		conn, err := pgx.ConnectConfig(t.Context(), session)
		if err == nil {
			_ = conn.Close(t.Context())
		}
		if (err == nil) != trusted {
			t.Errorf("verify-full of %s: %v", host, err)
		}
	}
}

func TestSCRAMIterations(t *testing.T) {
	t.Parallel()
	c := newConnector(t, &Options{AllowPrivateAddresses: true})
	for _, test := range []struct {
		name       string
		iterations int
		refused    bool
	}{
		{"at the limit", maxIterations, false},
		{"above the limit", maxIterations + 1, true},
		{"limit of the driver", 10_000_000, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			p := newPeer(t, challenging(test.iterations))
			db, err := c.Database(target(p.at("disable")))
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.Connect(ctx)
			if err == nil || errors.Is(err, errIterations) != test.refused {
				t.Errorf("%d iterations: %v", test.iterations, err)
			}
		})
	}

	t.Run("after a large message", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		p := newPeer(t, func(conn net.Conn) {
			readOnce(conn)
			notice := &pgproto3.NoticeResponse{Severity: "NOTICE", Message: strings.Repeat("x", maxLoginMessage)}
			if encoded, err := notice.Encode(nil); err == nil {
				_, _ = conn.Write(encoded)
			}
			silent(conn)
		})
		db, err := c.Database(target(p.at("disable")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Connect(ctx); !errors.Is(err, errLoginMessage) {
			t.Errorf("connect: %v, want %v", err, errLoginMessage)
		}
	})
}

func TestPrivateAddresses(t *testing.T) {
	t.Parallel()
	p := newPeer(t, silent)
	c := newConnector(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // a silent peer never responds
	defer cancel()
	for _, host := range []string{
		"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "169.254.169.254", "10.0.0.1",
	} {
		config := p.at("disable")
		config.Host = host
		if err := config.Validate(); err != nil {
			t.Errorf("%s: %v", host, err)
		}
		_, err := c.Probe(ctx, target(config))
		e := probeError(t, err)
		message := fill(config, "{host} does not exist or is in a private network.")
		if e == nil || e.Code != warehouse.CodeNetworkUnreachable || e.Message != message {
			t.Errorf("%s: %v, want %s", host, e, message)
		}
		db, err := c.Database(target(config))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Connect(ctx); err == nil {
			t.Errorf("%s: Connect succeeded", host)
		}
	}
	if n := p.accepted.Load(); n != 0 {
		t.Errorf("%d connections, want none", n)
	}
}

func TestMissingHost(t *testing.T) {
	t.Parallel()
	c := newConnector(t, nil)
	c.base.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{
			Err: "no such host", Name: "db.internal", Server: "10.0.0.2:53", IsNotFound: true,
		}}
	}
	config := Config{Host: "db.internal", Port: 5432, SSLMode: "verify-full"}
	_, missing := c.Probe(t.Context(), target(config))
	c.base.DialFunc = func(context.Context, string, string) (net.Conn, error) { return nil, netguard.ErrPrivateAddress }
	_, private := c.Probe(t.Context(), target(config))
	if diff := cmp.Diff(probeError(t, missing), probeError(t, private)); diff != "" {
		t.Errorf("customers can find names in our network, because the errors differ (-missing +private):\n%s", diff)
	}
	if want := "db.internal:5432 does not exist or is in a private network."; missing.Error() != want {
		t.Errorf("the message is %q, want %q", missing, want)
	}
}

func TestMessageIsNotTemplate(t *testing.T) {
	t.Parallel()
	p := newPeer(t, refusing(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "XX000", Message: "there is no {role}"}))
	_, e := runProbe(t, p.at("disable"))
	if e == nil || e.Code != warehouse.CodeUnknown || e.VendorCode != "XX000" || e.Message != "there is no {role}" {
		t.Errorf("Probe: %+v", e)
	}
}
