package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

const maxBody = 64 << 10

// readMembers returns the members of the JSON object in the body, or the response to a body that is not
// one. If mayBeEmpty, it returns nil for an empty body.
func readMembers(w http.ResponseWriter, r *http.Request, mayBeEmpty bool) (warehouse.Fields, *response) {
	reader := r.Body
	if reader == nil { // only in tests: a server always sets one
		reader = http.NoBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, reader, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, new(detail(http.StatusRequestEntityTooLarge, "The body is larger than 64 KiB."))
	}
	if err != nil {
		return nil, new(detail(http.StatusBadRequest, "The body could not be read."))
	}
	if mayBeEmpty && len(body) == 0 {
		return nil, nil
	}
	if !isJSON(r.Header) {
		return nil, new(detail(http.StatusUnsupportedMediaType, "Unsupported media type: send application/json in UTF-8."))
	}
	members, err := parseObject(bytes.TrimPrefix(body, []byte("\ufeff"))) // editors and PowerShell add a byte order mark
	if err != nil {
		return nil, new(detail(http.StatusBadRequest, "JSON parse error: "+err.Error()+"."))
	}
	return members, nil
}

// isJSON reports whether the headers declare application/json in UTF-8, uncompressed.
func isJSON(header http.Header) bool {
	types := header.Values("Content-Type")
	if len(types) != 1 || header.Get("Content-Encoding") != "" {
		return false
	}
	mediaType, params, err := mime.ParseMediaType(types[0])
	charset, ok := params["charset"]
	return err == nil && mediaType == "application/json" && (!ok || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8"))
}
