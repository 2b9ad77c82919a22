package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/httpapi"
	"github.com/warehousekit/warehousekit/warehouse"
)

// A flaw is one error of a request.
type flaw int

// The flaws in the order of the checks.
const (
	wrongPath flaw = iota
	wrongMethod
	anonymous
	badQuery
	bodyTooBig
	wrongType
	malformedBody
	noSuchRow
	badField
	conflict
	noKey
)

var flaws = map[flaw]struct {
	name   string
	status int
	body   string // a prefix
}{
	wrongPath:     {"path", 404, bodyNotFound},
	wrongMethod:   {"method", 405, `{"detail":"Method `},
	anonymous:     {"Authorize", 401, bodyAnonymous},
	badQuery:      {"query", 400, bodyBadQuery},
	bodyTooBig:    {"size", 413, bodyTooLarge},
	wrongType:     {"type", 415, bodyMediaType},
	malformedBody: {"form", 400, `{"detail":"JSON parse error: data follows the object."}`},
	noSuchRow:     {"row", 404, bodyNotFound},
	badField:      {"field", 400, `{"colour":["Unknown field."]}`},
	conflict:      {"conflict", 409, `{"detail":"Th`},
	noKey:         {"key", 500, bodyServerError},
}

// sendFlawed sends a request with the given flaws.
func sendFlawed(t *testing.T, method, path string, wrong ...flaw) response {
	has := make(map[flaw]bool)
	for _, f := range wrong {
		has[f] = true
	}
	p := options{connector: newConnector()}
	if has[anonymous] {
		p.authorize = refusing(httpapi.Unauthenticated("")).authorize
	}
	if has[conflict] {
		p.beforeStore = storeChanged().beforeStore
	}
	if has[noKey] {
		p.connector.NewKeyPairFunc = func(context.Context) (warehouse.KeyPair, error) { return warehouse.KeyPair{}, errors.New("no entropy") }
	}
	s := newServer(t, p)
	creates := path == "/"
	if !creates || has[conflict] {
		s.insertTested()
	}
	if has[noSuchRow] {
		path = strings.Replace(path, "abc123", "missing", 1)
	}
	if has[wrongPath] {
		path += "/"
	}
	if has[wrongMethod] {
		method = "OPTIONS"
	}
	if has[badQuery] {
		path += "?%zz"
	}
	var members []string
	if creates {
		members = append(members, `"type":"snowflake"`, `"account_identifier":"xy12345.us-east-1"`)
	} else if !strings.HasSuffix(strings.TrimRight(path, "/"), "test") && !strings.Contains(path, "/test/?") {
		members = append(members, `"warehouse":"OTHER"`)
	}
	if has[badField] {
		members = append(members, `"colour":"red"`)
	}
	body := "{" + strings.Join(members, ",") + "}"
	if has[malformedBody] {
		body += " x"
	}
	if has[bodyTooBig] {
		body += strings.Repeat(" ", 64<<10)
	}
	var header []string
	if has[wrongType] {
		header = []string{"Content-Type", "text/plain"}
	}
	return s.send(method, path, body, header...)
}

func TestCheckOrder(t *testing.T) {
	t.Parallel()
	for _, operation := range []struct {
		name, method, path string
		flaws              []flaw // possible for this operation
	}{
		{"create", "POST", "/", []flaw{wrongPath, wrongMethod, anonymous, badQuery, bodyTooBig, wrongType, malformedBody, badField, conflict, noKey}},
		{"replace", "PUT", "/wc_abc123/", []flaw{wrongPath, wrongMethod, anonymous, badQuery, bodyTooBig, wrongType, malformedBody, noSuchRow, badField, conflict}},
		{"update", "PATCH", "/wc_abc123/", []flaw{wrongPath, wrongMethod, anonymous, badQuery, bodyTooBig, wrongType, malformedBody, noSuchRow, badField, conflict}},
		{"test", "POST", "/wc_abc123/test/", []flaw{wrongPath, wrongMethod, anonymous, badQuery, bodyTooBig, wrongType, malformedBody, noSuchRow, badField, conflict}},
	} {
		for i, first := range operation.flaws {
			for _, second := range append([]flaw{first}, operation.flaws[i+1:]...) {
				t.Run(operation.name+", "+flaws[first].name+" before "+flaws[second].name, func(t *testing.T) {
					t.Parallel()
					got, want := sendFlawed(t, operation.method, operation.path, first, second), flaws[first]
					if got.status != want.status || !strings.HasPrefix(got.body, want.body) {
						t.Errorf("got %d %s, want %d %s", got.status, got.body, want.status, want.body)
					}
				})
			}
		}
		t.Run(operation.name+", nothing", func(t *testing.T) {
			t.Parallel()
			if got := sendFlawed(t, operation.method, operation.path); got.status >= http.StatusBadRequest {
				t.Errorf("a valid request got %d %s", got.status, got.body)
			}
		})
	}
}

func TestCheckOrderWithoutBody(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "HEAD", "DELETE"} {
		for i, first := range []flaw{wrongPath, wrongMethod, anonymous, badQuery, noSuchRow} {
			for _, second := range []flaw{wrongPath, wrongMethod, anonymous, badQuery, noSuchRow}[i:] {
				t.Run(method+", "+flaws[first].name+" before "+flaws[second].name, func(t *testing.T) {
					t.Parallel()
					got, want := sendFlawed(t, method, "/wc_abc123/", first, second), flaws[first]
					if got.status != want.status {
						t.Errorf("got %d %s, want %d %s", got.status, got.body, want.status, want.body)
					}
				})
			}
		}
	}
}

func TestRefusedCreateTakesNoKey(t *testing.T) {
	t.Parallel()
	for _, refused := range [][]flaw{{badField}, {conflict}, {malformedBody}, {anonymous}} {
		if got := sendFlawed(t, "POST", "/", append(refused, noKey)...); got.status == http.StatusInternalServerError {
			t.Errorf("a create with a bad %s took a key", flaws[refused[0]].name)
		}
	}
}

func TestUnusedBodyIgnored(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "HEAD", "DELETE"} {
		s := newServer(t, options{})
		s.insertTested()
		if got := s.send(method, "/wc_abc123/", "not JSON", "Content-Type", "text/plain"); got.status >= 400 {
			t.Errorf("%s with a body got %d %s", method, got.status, got.body)
		}
	}
}
