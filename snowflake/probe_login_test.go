package snowflake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLoginDisclosesLittle(t *testing.T) {
	t.Parallel()
	p := play(t, recording{opened, selected, listed, ended})
	if got := connectTo(t, p.server.URL).outcome(t); got != (outcome{}) {
		t.Fatalf("the probe failed: %+v", got)
	}
	var login struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	var environment map[string]any
	if err := json.Unmarshal([]byte(p.bodies[0]), &login); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(login.Data["CLIENT_ENVIRONMENT"], &environment); err != nil {
		t.Fatal(err)
	}
	members := []string{"ACCOUNT_NAME", "AUTHENTICATOR", "CLIENT_APP_ID", "CLIENT_APP_VERSION", "CLIENT_ENVIRONMENT", "SESSION_PARAMETERS", "SVN_REVISION", "TOKEN"}
	if diff := cmp.Diff(members, slices.Sorted(maps.Keys(login.Data))); diff != "" {
		t.Errorf("members of the login (-want +got):\n%s", diff)
	}
	// OCSP_MODE is empty, PLATFORM only says that detection is off.
	if diff := cmp.Diff([]string{"APPLICATION", "GO_VERSION", "OCSP_MODE", "OS", "PLATFORM"}, slices.Sorted(maps.Keys(environment))); diff != "" {
		t.Errorf("members of the environment (-want +got):\n%s", diff)
	}
}

// An echo quotes the login's token, and later the session's, in a response.
var echoes = map[string]func(token string) exchange{
	"a refusal":        func(token string) exchange { return answer("", refused("390144", "JWT token is invalid: "+token)) },
	"an unknown error": func(token string) exchange { return answer("", refused("390999", token)) },
	"parts": func(token string) exchange {
		return answer("", refused("390144", strings.ReplaceAll(token, ".", " . ")))
	},
	"the beginning":       func(token string) exchange { return answer("", refused("390144", token[:len(token)/2])) },
	"status 401":          func(token string) exchange { return answer("", refused("390144", token)).withStatus(401) },
	"a page":              func(token string) exchange { return answer("", "<html>"+token+"</html>") },
	"a redirect":          func(token string) exchange { return redirect("", "http://"+token[:40]+".test/"+token, 307) },
	"broken JSON":         func(token string) exchange { return answer("", `{"success":`+token+`}`) },
	"a code":              func(token string) exchange { return answer("", refused(token, token)) },
	"a session":           func(token string) exchange { return answer("", success(`{"token":"`+token+`"}`)) },
	"a malformed status":  func(token string) exchange { return exchange{body: "HTTP/1.1 " + token + "\r\n\r\n"} },
	"a malformed header":  func(token string) exchange { return exchange{body: "HTTP/1.1 200 OK\r\n" + token + "\r\n\r\n"} },
	"something else":      func(token string) exchange { return exchange{body: token + "\r\n\r\n"} },
	"the names of a role": func(token string) exchange { return answer("", refused("390189", "Role '"+token+"' does not exist.")) },
}

func TestTokenIsNotEchoed(t *testing.T) {
	t.Parallel()
	for name, echo := range echoes {
		for _, at := range []string{loginPath, queryPath, closePath} {
			t.Run(name+" at "+at, func(t *testing.T) {
				t.Parallel()
				var sent atomic.Pointer[string]
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					if r.URL.Path == loginPath {
						var login struct {
							Data struct{ Token string } `json:"data"`
						}
						if err := json.Unmarshal(body, &login); err != nil {
							t.Error(err)
						}
						sent.Store(&login.Data.Token)
					}
					e := opened
					switch {
					case r.URL.Path == at:
						e = echo(*sent.Load())
					case r.URL.Path == queryPath && strings.Contains(string(body), "LIST"):
						e = listed
					case r.URL.Path == queryPath:
						e = selected
					case r.URL.Path == closePath:
						e = ended
					}
					write(w, e)
				}))
				t.Cleanup(server.Close)
				c := connectTo(t, server.URL)
				_, failure := c.probe(t, longDeadline)
				token, texts := *sent.Load(), slices.Clone(c.log.lines())
				if failure != nil {
					texts = append(texts, failure.Message, failure.Hint, failure.Fix, failure.VendorCode, fmt.Sprintf("%v %+v %#v", failure.Err, failure.Err, failure.Err))
					for err := failure.Err; err != nil; {
						texts = append(texts, err.Error())
						wrapped, ok := err.(interface{ Unwrap() error })
						if !ok {
							break
						}
						err = wrapped.Unwrap()
					}
				}
				for _, text := range texts {
					for i := 0; i+20 <= len(token); i++ {
						if strings.Contains(text, token[i:i+20]) {
							t.Fatalf("a text contains %q of the token: %.300q", token[i:i+20], text)
						}
					}
				}
			})
		}
	}
}

// write sends a response, or its body as it is if it has no status.
func write(w http.ResponseWriter, e exchange) {
	if e.status == 0 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_, _ = io.WriteString(conn, e.body)
			_ = conn.Close()
		}
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.HasPrefix(e.body, "<") {
		w.Header().Set("Content-Type", "text/html")
	}
	if e.location != "" {
		w.Header().Set("Location", e.location)
	}
	w.WriteHeader(e.status)
	_, _ = io.WriteString(w, e.body)
}

func TestCloseErrorIsCut(t *testing.T) {
	t.Parallel()
	p := play(t, recording{opened, selected, listed, answer(closePath, refused("390111", strings.Repeat("long ", 40<<10)))})
	c := connectTo(t, p.server.URL)
	if got := c.outcome(t); got != (outcome{}) {
		t.Fatalf("the probe failed: %+v", got)
	}
	if lines := c.log.lines(); len(lines) != 1 || len(lines[0]) > 2<<10 || !strings.Contains(lines[0], "390111: long long") {
		t.Errorf("log lines: %.200q", lines)
	}
	huge := answer(closePath, refused("390111", strings.Repeat("x", 8<<20)))
	p = play(t, recording{opened, selected, listed, huge})
	c = connectTo(t, p.server.URL)
	if got := c.outcome(t); got != (outcome{}) {
		t.Fatalf("the probe failed: %+v", got)
	}
	if lines := c.log.lines(); len(lines) != 1 || len(lines[0]) > 2<<10 {
		t.Errorf("log lines: %.200q", lines)
	}
}
