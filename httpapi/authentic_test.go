package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestForgedScriptIsNotShown(t *testing.T) {
	t.Parallel()
	s := newServer(t, options{})
	id := s.create()
	row := s.row(ada.Organisation, id)
	row.SetupScript += "GRANT ROLE ACCOUNTADMIN TO USER EVE;\n"
	if err := s.rows.Update(t.Context(), row); err != nil { // with the sealed bytes that are stored
		t.Fatal(err)
	}
	for _, request := range []struct{ method, path string }{
		{"GET", "/"}, {"GET", "/" + id + "/"}, {"PATCH", "/" + id + "/"}, {"POST", "/" + id + "/test/"},
	} {
		body := ""
		if request.method != "GET" {
			body = "{}"
		}
		got := s.send(request.method, request.path, body)
		wantResponse(t, request.method+" "+request.path, got, http.StatusInternalServerError, `{"detail":"Internal server error."}`)
	}
	if log := s.log.String(); !strings.Contains(log, "connection "+id+" was changed in the database") {
		t.Errorf("the log is %s", log)
	}
	wantResponse(t, "DELETE", s.send("DELETE", "/"+id+"/", ""), http.StatusNoContent, "")
}
