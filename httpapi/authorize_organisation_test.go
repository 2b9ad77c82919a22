// Two organisations: neither can tell that the other has anything.

package httpapi_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/warehousekit/warehousekit/warehouse"
)

// byHeader lets the request say who is asking, as a login would.
func byHeader(r *http.Request, _ action) (caller, error) {
	return caller{Organisation: r.Header.Get("Organisation"), Actor: "somebody"}, nil
}

func TestAnothersConnectionIsAsAbsentAsOneThatNeverWas(t *testing.T) {
	t.Parallel()
	type disguise struct {
		name string
		of   func(id string) string
	}
	disguises := []disguise{
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
		{"one that never was", func(string) string { return "wc_never" }},
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
		for _, d := range disguises {
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
				for _, asked := range s.takeCalls() {
					if asked != "Get 9" && asked != "Delete 9" {
						t.Errorf("%s %s by %s: the store was asked to %s", o.method, o.tail, d.name, asked)
					}
				}
			}
		}
		equal(t, "the other's row", before, s.row("8", theirs))
		if targets := s.connector.Targets(); len(targets) > 0 {
			t.Errorf("%d probes ran", len(targets))
		}
		list := s.send("GET", "/", "", "Organisation", "9")
		if strings.Contains(list.body, theirs) {
			t.Errorf("the list shows the other's connection: %s", list.body)
		}
		equal(t, "what the list asked for", []string{"List 9"}, s.takeCalls())
	}
}

func TestOneOrganisationsConnectionIsNoConflictForAnother(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: byHeader})
	first, second := s.create("Organisation", "8"), s.create("Organisation", "9")
	if first == second {
		t.Error("two connections have one id")
	}
	if got := s.send("DELETE", "/"+second+"/", "", "Organisation", "9"); got.status != http.StatusNoContent {
		t.Errorf("deleting one's own connection is answered %d %s", got.status, got.body)
	}
	s.row("8", first)
	if slices.ContainsFunc(s.takeCalls(), func(asked string) bool { return strings.HasSuffix(asked, "*") }) {
		t.Error("a request reached what is for maintenance")
	}
}

func TestOrganisationsAreComparedByteForByte(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: byHeader})
	id := s.create("Organisation", "Acme")
	for _, other := range []string{"acme", "ACME", "Acme ", "Acm\u00e9", "Acme/", "%41cme", "Ac"} {
		if got := s.send("GET", "/"+id+"/", "", "Organisation", other); got.status != http.StatusNotFound {
			t.Errorf("organisation %q is answered %d", other, got.status)
		}
	}
}

func TestAMalformedIDNeverReachesTheStore(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	for _, id := range []string{"wc_", "wc", "x", "wc_A", "wc_a-b", "wc_" + strings.Repeat("a", 65), "wc_é", "'%20OR%201=1--"} {
		if got := s.send("GET", "/"+id+"/", ""); got.status != 404 || got.body != bodyNotFound {
			t.Errorf("%s is answered %d %s", id, got.status, got.body)
		}
	}
	equal(t, "what the store was asked", nil, s.takeCalls())
}

func TestTheOrganisationIsNowhereInAnAnswer(t *testing.T) {
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
		t.Errorf("the host's names are shown: %s", all.String())
	}
}

func TestTheEventsSayWhoActedOnWhat(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{authorize: byHeader})
	id := s.create("Organisation", "8")
	s.send("POST", "/"+id+"/test/", "", "Organisation", "8")
	s.send("DELETE", "/"+id+"/", "", "Organisation", "9")
	type told struct {
		Action                          warehouse.Action
		Outcome                         warehouse.Outcome
		Organisation, Actor, Connection string
		Revision                        int64
	}
	var got []told
	for _, e := range s.recordedEvents() {
		got = append(got, told{e.Action, e.Outcome, e.Organisation, e.Actor, e.ConnectionID, e.Revision})
	}
	equal(t, "the events", []told{
		{"create", "done", "8", "somebody", id, 1},
		{"test", "done", "8", "somebody", id, 1},
		{"delete", "refused", "9", "somebody", id, 0},
	}, got)
}
