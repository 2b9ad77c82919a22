package snowflake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// A response holds the members that all of Snowflake's responses have in common. Their
// status is 200, also for errors.
type response struct {
	Success bool   `json:"success"`
	Code    string `json:"code"` // digits, or empty
	Message string `json:"message"`
	Data    struct {
		Token string `json:"token"` // of a login
	} `json:"data"`
}

// maxResponse is far larger than any response to a probe.
const maxResponse = 8 << 20

// codeTokenExpired is the only code that makes the driver send another request.
const codeTokenExpired = "390112"

// parseResponse decodes a body. If it is not Snowflake's, problem ends the message of
// [transport.unexpected].
func parseResponse(body []byte, contentType string) (r response, problem string) {
	trimmed := bytes.TrimSpace(body)
	switch {
	case strings.Contains(contentType, "html") || bytes.HasPrefix(trimmed, []byte("<")):
		return r, "it sent a web page"
	case !json.Valid(body) || !bytes.HasPrefix(trimmed, []byte("{")):
		return r, problemJSON
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return r, problemForm
	}
	if _, err := strconv.Atoi(r.Code); err != nil && (r.Code != "" || !r.Success) {
		return r, problemForm // the driver cannot parse the code
	}
	return r, ""
}

// err returns the error in a response, if any.
func (r response) err() error {
	if r.Success || r.Code == codeTokenExpired {
		return nil
	}
	return fmt.Errorf("%s: %s", r.Code, r.Message)
}

// newJSONResponse returns a response to the driver.
func newJSONResponse(req *http.Request, body []byte, header http.Header) *http.Response {
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{
		Status:        "200 OK",
		StatusCode:    http.StatusOK,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}
}
