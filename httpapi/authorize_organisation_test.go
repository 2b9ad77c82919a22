package httpapi_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// byHeader takes the organisation from a header of the request.
func byHeader(r *http.Request, _ action) (caller, error) {
	return caller{Organisation: r.Header.Get("Organisation"), Actor: "somebody"}, nil
}

func TestOtherOrganisationNotFound(t *testing.T) {
	t.Parallel()
	type variant struct {
		name string
		of   func(id string) string
	}
	variants := []variant{
		{"id", func(id string) string { return id }},
		{"encoded id", func(id string) string { return strings.Replace(id, "_", "%5F", 1) }},
		{"encoded letter", func(id string) string { return strings.Replace(id, "w", "%77", 1) }},
		{"encoded twice", func(id string) string { return strings.Replace(id, "_", "%255F", 1) }},
		{"upper case", strings.ToUpper},
		{"title case", func(id string) string { return "W" + id[1:] }},
		{"double slash before", func(id string) string { return "/" + id }},
		{"double slash after", func(id string) string { return id + "/" }},
		{"a dot", func(id string) string { return "./" + id }},
		{"up and down", func(id string) string { return "x/../" + id }},
		{"encoded slash", func(id string) string { return "x%2f..%2f" + id }},
		{"backslash", func(id string) string { return `x\..\` + id }},
		{"semicolon", func(id string) string { return id + ";organisation=9" }},
		{"trailing dot", func(id string) string { return id + "." }},
		{"trailing space", func(id string) string { return id + "%20" }},
		{"trailing NUL", func(id string) string { return id + "%00" }},
		{"full-width", func(id string) string { return strings.Replace(id, "wc", "%EF%BD%97c", 1) }},
		{"overlong UTF-8", func(id string) string { return strings.Replace(id, "_", "%C1%9F", 1) }},
		{"missing", func(string) string { return "wc_never" }},
	}
	operations := []struct{ method, tail, body string }{
		{"GET", "/", ""},
		{"GET", "/?include=diagnosis", ""},
		{"HEAD", "/", ""},
		{"PUT", "/", `{"warehouse":"MINE"}`},
		{"PUT", "/", `{"colour":"red"}`},
		{"PATCH", "/", `{"warehouse":"MINE"}`},
		{"PATCH", "/", `{}`},
		{"DELETE", "/", ""},
		{"POST", "/test/", ""},
		{"POST", "/test/?include=diagnosis", ""},
		{"POST", "/test/", `{"colour":"red"}`},
	}
	for _, mine := range []bool{false, true} { // whether the one who asks has a connection, too
		s := newServer(t, options{authorize: byHeader})
		theirs := s.create("Organisation", "8")
		if mine {
			s.create("Organisation", "9")
		}
		before := s.row("8", theirs)
		s.takeCalls()
		for _, d := range variants {
			for _, o := range operations {
				got := s.send(o.method, "/"+d.of(theirs)+o.tail, o.body, "Organisation", "9")
				want := response{status: http.StatusNotFound, body: bodyNotFound, header: http.Header{
					"Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"},
					"Content-Type": {"application/json"}, "Content-Length": {"23"},
				}}
				if o.method == "HEAD" {
					want.body = ""
				}
				equal(t, o.method+" "+o.tail+" by "+d.name, want, got)
				for _, call := range s.takeCalls() {
					if call != "Get 9" && call != "Delete 9" {
						t.Errorf("%s %s by %s: unexpected store call %s", o.method, o.tail, d.name, call)
					}
				}
			}
		}
		equal(t, "the row of the other organisation", before, s.row("8", theirs))
		if targets := s.connector.Targets(); len(targets) > 0 {
			t.Errorf("%d probes ran", len(targets))
		}
		list := s.send("GET", "/", "", "Organisation", "9")
		if strings.Contains(list.body, theirs) {
			t.Errorf("the list shows the other's connection: %s", list.body)
		}
		equal(t, "store calls of list", []string{"List 9"}, s.takeCalls())
	}
}

func TestOneConnectionPerOrganisation(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: byHeader})
	first, second := s.create("Organisation", "8"), s.create("Organisation", "9")
	if first == second {
		t.Error("two connections have the same id")
	}
	if got := s.send("DELETE", "/"+second+"/", "", "Organisation", "9"); got.status != http.StatusNoContent {
		t.Errorf("deleting one's own connection got %d %s", got.status, got.body)
	}
	s.row("8", first)
	if slices.Contains(s.takeCalls(), "Page") {
		t.Error("a request called Page")
	}
}

func TestOrganisationComparesBytes(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: byHeader})
	id := s.create("Organisation", "Acme")
	for _, other := range []string{"acme", "ACME", "Acme ", "Acm\u00e9", "Acme/", "%41cme", "Ac"} {
		if got := s.send("GET", "/"+id+"/", "", "Organisation", other); got.status != http.StatusNotFound {
			t.Errorf("organisation %q got %d", other, got.status)
		}
	}
}

func TestMalformedID(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	for _, id := range []string{"wc_", "wc", "x", "wc_A", "wc_a-b", "wc_" + strings.Repeat("a", 65), "wc_é", "'%20OR%201=1--"} {
		wantResponse(t, id, s.send("GET", "/"+id+"/", ""), 404, bodyNotFound)
	}
	equal(t, "store calls", nil, s.takeCalls())
}

func TestResponsesHideOrganisation(t *testing.T) {
	t.Parallel()
	const organisation = "organisation-of-the-host"
	s := newServer(t, options{authorize: func(*http.Request, action) (caller, error) {
		return caller{Organisation: organisation, Actor: "actor-of-the-host"}, nil
	}})
	var all bytes.Buffer
	id := s.create()
	for _, o := range operations {
		got := s.send(o.method, strings.Replace(o.path, "wc_abc123", id, 1), o.body)
		all.WriteString(got.body)
	}
	if strings.Contains(all.String(), "of-the-host") {
		t.Errorf("a response contains the organisation or the actor: %s", all.String())
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: byHeader})
	id := s.create("Organisation", "8")
	s.send("POST", "/"+id+"/test/", "", "Organisation", "8")
	s.send("DELETE", "/"+id+"/", "", "Organisation", "9")
	type event struct {
		Action                          warehouse.Action
		Outcome                         warehouse.Outcome
		Organisation, Actor, Connection string
		Revision                        int64
	}
	var got []event
	for _, e := range s.recordedEvents() {
		got = append(got, event{e.Action, e.Outcome, e.Organisation, e.Actor, e.ConnectionID, e.Revision})
	}
	equal(t, "the events", []event{
		{"create", "done", "8", "somebody", id, 1},
		{"test", "done", "8", "somebody", id, 1},
		{"delete", "refused", "9", "somebody", id, 0},
	}, got)
}
