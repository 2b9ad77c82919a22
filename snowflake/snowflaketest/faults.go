package snowflaketest

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/wire"
)

// A Point is a place in the protocol where requests are counted and faults injected.
type Point = wire.Point

// The points, in the order in which a client meets them.
const (
	AtLogin     = wire.AtLogin
	AtQuery     = wire.AtQuery // any statement but LIST
	AtList      = wire.AtList
	AtResult    = wire.AtResult // of a statement that was answered asynchronously
	AtAbort     = wire.AtAbort
	AtClose     = wire.AtClose // the end of a session
	AtTelemetry = wire.AtTelemetry
)

// A Fault is what a request meets instead of its response. The zero Fault does nothing. Its String method names it,
// for test tables.
type Fault = wire.Fault

// Inject makes every request at a point meet the faults, in order, until they are cleared or replaced. A Delay goes on
// to the next fault, and after the last one to the ordinary response. The others end the request.
func (s *Server) Inject(at Point, faults ...Fault) { s.handler.Inject(at, faults) }

// Clear removes the faults at the given points, or everywhere if none are given. Requests that hang keep hanging.
func (s *Server) Clear(at ...Point) { s.handler.Clear(at) }

// Hang never responds. The request ends when the client gives up or the server closes.
func Hang() Fault {
	return wire.NewFault("hang", func(_ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
}

// Delay waits before the response.
func Delay(d time.Duration) Fault {
	return wire.NewFault(fmt.Sprintf("delay of %v", d), func(_ http.ResponseWriter, r *http.Request) bool {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return false
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	})
}

// Reset cuts the connection with a TCP RST.
func Reset() Fault {
	return wire.NewFault("reset", func(w http.ResponseWriter, _ *http.Request) bool {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if inner, ok := conn.(interface{ NetConn() net.Conn }); ok {
			conn = inner.NetConn() // TLS would send an alert first
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
		return true
	})
}

// Redirect responds with status 307 and another URL.
func Redirect(url string) Fault {
	return wire.NewFault("redirect", func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Location", url)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return true
	})
}

// Status responds with a status and a web page. A wrong account gets 403 or 404.
func Status(code int) Fault {
	return wire.NewFault(fmt.Sprintf("status %d", code), func(w http.ResponseWriter, _ *http.Request) bool {
		wire.WritePage(w, code, fmt.Sprintf("%d %s", code, http.StatusText(code)))
		return true
	})
}

// HTML responds with status 200 and a web page, as proxies and captive portals do.
func HTML() Fault {
	return wire.NewFault("HTML", func(w http.ResponseWriter, _ *http.Request) bool {
		wire.WritePage(w, http.StatusOK, "Please sign in to continue")
		return true
	})
}

// Truncated announces more bytes than it sends, and cuts the connection.
func Truncated() Fault {
	return wire.NewFault("truncated", func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "4096")
		_, _ = w.Write([]byte(`{"data":{"parameters":[{"name":"TIMEZONE","val`))
		return true
	})
}

// MalformedJSON responds with JSON that breaks off, with the right Content-Length.
func MalformedJSON() Fault {
	return wire.NewFault("malformed JSON", func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":{"token":"t","masterTok`))
		return true
	})
}

// Refusal responds with an error of Snowflake, in the form of the protocol.
func Refusal(code, sqlState, message string) Fault {
	return wire.NewFault("refusal "+code, func(w http.ResponseWriter, _ *http.Request) bool {
		wire.WriteError(w, &Error{Code: code, SQLState: sqlState, Message: message})
		return true
	})
}

// EmptySuccess responds with success and no data: no token, no rows.
func EmptySuccess() Fault {
	return wire.NewFault("empty success", func(w http.ResponseWriter, _ *http.Request) bool {
		wire.WriteData(w, map[string]any{})
		return true
	})
}
