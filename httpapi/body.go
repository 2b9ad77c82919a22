// Strict reading of a JSON body. The standard decoder is lenient where a contract should not be: it lets
// the last of two members win, reads Name as name, takes null for an object and ignores what follows.

package httpapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

const maxBody = 64 << 10

// readMembers reads the body's object, or nothing where the body may be empty and is.
func readMembers(w http.ResponseWriter, r *http.Request, mayBeEmpty bool) (warehouse.Fields, *answer) {
	var given io.ReadCloser = http.NoBody
	if r.Body != nil { // a server always sets one, the author of a test need not
		given = r.Body
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, given, maxBody))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return nil, new(detail(http.StatusRequestEntityTooLarge, "The body is larger than 64 KiB."))
		}
		return nil, new(detail(http.StatusBadRequest, "The body could not be read."))
	}
	if mayBeEmpty && len(body) == 0 {
		return nil, nil
	}
	if !isJSON(r.Header) {
		return nil, new(detail(http.StatusUnsupportedMediaType, "Unsupported media type: send application/json in UTF-8."))
	}
	members, err := parseObject(body)
	if err != nil {
		return nil, new(detail(http.StatusBadRequest, "JSON parse error: "+err.Error()+"."))
	}
	return members, nil
}

// isJSON reports whether the body is declared as application/json, in UTF-8 and not compressed.
func isJSON(header http.Header) bool {
	types := header.Values("Content-Type")
	if len(types) != 1 || header.Get("Content-Encoding") != "" {
		return false
	}
	mediaType, params, err := mime.ParseMediaType(types[0])
	charset, named := params["charset"]
	return err == nil && mediaType == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}
