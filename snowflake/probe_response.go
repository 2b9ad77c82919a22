package snowflake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// A response holds the members of Snowflake's responses that a probe uses. Their status
// is 200, also for most errors.
type response struct {
	Success bool       `json:"success"`
	Code    string     `json:"code"` // digits, or empty
	Message string     `json:"message"`
	Data    resultData `json:"data"`
}

// maxResponse is larger than any response to a probe. A login returns about 20 KiB.
const maxResponse = 256 << 10

// Codes that make the driver send another request.
const (
	codeTokenExpired    = "390112"
	codeInProgress      = "333333"
	codeInProgressAsync = "333334"
)

var (
	codePattern      = regexp.MustCompile(`^[0-9]{1,9}$`)
	errorCodePattern = regexp.MustCompile(`^[0-9]{6}$`)
)

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
	if !codePattern.MatchString(r.Code) && (r.Code != "" || !r.Success) {
		return r, problemForm // the driver cannot parse the code
	}
	return r, ""
}

// isError reports whether r is an error with one of Snowflake's codes. Other servers
// have codes too, but not of six digits.
func (r response) isError() bool { return !r.Success && errorCodePattern.MatchString(r.Code) }

// inProgress reports whether the result of a statement comes later.
func (r response) inProgress() bool {
	return r.Code == codeInProgress || r.Code == codeInProgressAsync
}

// maxLogged is the length in bytes at which a server's message is cut in the log.
const maxLogged = 1 << 10

// err returns the error in the response to a close, for the log.
func (r response) err() error {
	if r.Success || r.Code == codeTokenExpired {
		return nil
	}
	message := r.Message
	if len(message) > maxLogged {
		message = strings.ToValidUTF8(message[:maxLogged], "") + "…"
	}
	return fmt.Errorf("%s: %s", r.Code, message)
}

// redact redacts the texts that a probe uses.
func (r *response) redact(redact func(string) string) {
	r.Message = redact(r.Message)
	d := &r.Data
	for _, text := range []*string{&d.Role, &d.Warehouse, &d.Database, &d.Schema} {
		*text = redact(*text)
	}
	for _, row := range d.RowSet {
		for i, value := range row {
			if value != nil {
				row[i] = new(redact(*value))
			}
		}
	}
}

// encodeFailure returns the response for the driver to an error.
func (r response) encodeFailure() []byte {
	return encode(map[string]any{"success": false, "code": r.Code, "message": r.Message})
}

// encodeSuccess returns a response for the driver.
func encodeSuccess(data map[string]any) []byte {
	return encode(map[string]any{"success": true, "data": data})
}

func encode(v map[string]any) []byte {
	body, _ := json.Marshal(v) // texts, numbers and rows always encode
	return body
}

// newJSONResponse returns a response to the driver.
func newJSONResponse(req *http.Request, body []byte) *http.Response {
	return &http.Response{
		Status:        "200 OK",
		StatusCode:    http.StatusOK,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}
}
