// Answers: a status, headers and a body; and the one table from errors to statuses.

package httpapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
)

type answer struct {
	status int
	header map[string]string
	body   any // nil for none
}

func (a answer) with(header, value string) answer {
	a.header = maps.Clone(a.header)
	if a.header == nil {
		a.header = make(map[string]string)
	}
	a.header[header] = value
	return a
}

// encoded returns the body as it goes over the wire, nil where there is none.
func (a answer) encoded() ([]byte, error) {
	if a.body == nil {
		return nil, nil
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // nobody embeds these in HTML unescaped, and people read them
	if err := encoder.Encode(a.body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// write sends the answer, without its body to a HEAD.
func (a answer) write(w http.ResponseWriter, r *http.Request, body []byte) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	for name, value := range a.header {
		header.Set(name, value)
	}
	if body != nil {
		header.Set("Content-Type", "application/json")
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	if body != nil && r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that went away needs no answer
	}
}
