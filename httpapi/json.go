// Strict parsing of a JSON object. encoding/json lets the last of two equal members win, matches names
// without regard to case, decodes null into anything, replaces lone surrogates, and ignores trailing data.

package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/warehousekit/warehousekit/warehouse"
)

// errNotJSON replaces the errors of encoding/json, whose texts change between Go versions.
var errNotJSON = errors.New("the body is not JSON")

// parseObject returns the members of the JSON object in body. Clients see its errors.
func parseObject(body []byte) (warehouse.Fields, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	var value json.RawMessage
	if decoder.Decode(&value) != nil {
		return nil, errNotJSON
	}
	if len(bytes.TrimLeft(body[decoder.InputOffset():], " \t\r\n")) > 0 {
		return nil, errors.New("data follows the object")
	}
	if value[0] != '{' {
		return nil, errors.New("the body is not an object")
	}
	if hasLoneSurrogate(value) {
		return nil, errors.New("half of a surrogate pair stands alone")
	}
	if err := checkDuplicates(value); err != nil {
		return nil, err
	}
	var members warehouse.Fields
	if json.Unmarshal(value, &members) != nil {
		return nil, errNotJSON
	}
	return members, nil
}

// checkDuplicates returns an error if an object at any depth has two members of the same name.
func checkDuplicates(value json.RawMessage) error {
	type level struct {
		names   map[string]bool // nil for an array
		isValue bool            // the next token of an object is a value
	}
	var stack []level
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber() // a number may be too large for a float64
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errNotJSON
		}
		if name, ok := token.(string); ok && len(stack) > 0 && stack[len(stack)-1].names != nil && !stack[len(stack)-1].isValue {
			top := &stack[len(stack)-1]
			if top.names[name] {
				return fmt.Errorf("the member %s is given twice", strconv.QuoteToGraphic(excerpt(name)))
			}
			top.names[name], top.isValue = true, true
			continue
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{names: make(map[string]bool)})
			continue
		case json.Delim('['):
			stack = append(stack, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
		}
		if len(stack) > 0 {
			stack[len(stack)-1].isValue = false
		}
	}
}

// hasLoneSurrogate reports whether valid JSON escapes one half of a surrogate pair without the other.
func hasLoneSurrogate(value []byte) bool {
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' {
			continue
		}
		i++ // the escaped character
		if value[i] != 'u' {
			continue
		}
		high := codeUnit(value[i+1:])
		i += 4
		if !utf16.IsSurrogate(high) {
			continue
		}
		if !bytes.HasPrefix(value[i+1:], []byte(`\u`)) || utf16.DecodeRune(high, codeUnit(value[i+3:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// codeUnit returns the UTF-16 code unit that four hexadecimal digits encode.
func codeUnit(digits []byte) rune {
	unit, _ := strconv.ParseUint(string(digits[:4]), 16, 16) // valid JSON has four
	return rune(unit)
}
