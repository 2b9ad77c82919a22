package httpapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
)

type response struct {
	status int
	header map[string]string
	body   any // nil for none
}

// with returns a copy of the response with one more header.
func (res response) with(header, value string) response {
	res.header = maps.Clone(res.header)
	if res.header == nil {
		res.header = make(map[string]string)
	}
	res.header[header] = value
	return res
}

// encode returns the body as JSON, or nil if there is none.
func (res response) encode() ([]byte, error) {
	if res.body == nil {
		return nil, nil
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // the response is never parsed as HTML, and people read it
	if err := encoder.Encode(res.body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// write sends the response, without its body if the method is HEAD.
func (res response) write(w http.ResponseWriter, r *http.Request, body []byte) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	for name, value := range res.header {
		header.Set(name, value)
	}
	if body != nil {
		header.Set("Content-Type", "application/json")
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(res.status)
	if body != nil && r.Method != http.MethodHead {
		_, _ = w.Write(body) // an error means that the client is gone
	}
}
