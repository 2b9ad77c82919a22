// Reading an answer of Snowflake's whole, and seeing that it is one.

package snowflake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/snowflakedb/gosnowflake/v2"
)

// An answer is what every answer of Snowflake's has in common: status 200, and this as JSON, whether
// things went well or not.
type answer struct {
	Success bool   `json:"success"`
	Code    string `json:"code"` // digits, or empty
	Message string `json:"message"`
	Data    struct {
		Token string `json:"token"` // of a login
	} `json:"data"`
}

// maxAnswer is far above any answer to what a probe asks.
const maxAnswer = 8 << 20

// codeTokenExpired is the one code on which the driver acts by itself.
const codeTokenExpired = "390112"

// readAnswer reads a body, or says what is wrong with it, in words that follow "it did not answer like
// Snowflake:".
func readAnswer(body []byte, contentType string) (a answer, problem string) {
	trimmed := bytes.TrimSpace(body)
	switch {
	case strings.Contains(contentType, "html") || bytes.HasPrefix(trimmed, []byte("<")):
		return a, "it sent a web page"
	case !json.Valid(body) || !bytes.HasPrefix(trimmed, []byte("{")):
		return a, "its answer is not JSON"
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, "its JSON has another form"
	}
	if _, err := strconv.Atoi(a.Code); err != nil && (a.Code != "" || !a.Success) {
		return a, "its JSON has another form" // the driver would stumble over the code
	}
	return a, ""
}

// refusal is the error of an answer that says that something did not go well, nil for another.
func (a answer) refusal() error {
	if a.Success || a.Code == codeTokenExpired {
		return nil
	}
	return fmt.Errorf("%s: %s", a.Code, a.Message)
}

// jsonAnswer is an answer that was read whole.
func jsonAnswer(req *http.Request, body []byte, header http.Header) *http.Response {
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

// expiry is Snowflake's own error for a token that has expired.
func (t *transport) expiry() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	number, _ := strconv.Atoi(codeTokenExpired) // a constant of digits
	return &gosnowflake.SnowflakeError{Number: number, Message: t.expired}
}
