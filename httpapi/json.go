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

// parseObject returns the members of the one object that body is. Its errors are for the client.
func parseObject(body []byte) (warehouse.Fields, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	var value json.RawMessage
	if decoder.Decode(&value) != nil {
		return nil, errors.New("the body is not JSON")
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
	if err := refuseDuplicates(value); err != nil {
		return nil, err
	}
	var members warehouse.Fields
	if json.Unmarshal(value, &members) != nil {
		return nil, errors.New("the body is not JSON")
	}
	return members, nil
}

// refuseDuplicates looks for a member that is given twice, at any depth.
func refuseDuplicates(value json.RawMessage) error {
	type level struct {
		names   map[string]bool // nil for an array
		isValue bool            // the next token of an object is a value
	}
	var stack []level
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber() // a number too large for a float64 is no error here
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New("the body is not JSON")
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

// excerpt returns as much of a client's text as an answer should repeat.
func excerpt(text string) string {
	const most = 64
	runes := 0
	for i := range text {
		if runes++; runes > most {
			return text[:i] + "…"
		}
	}
	return text
}

// hasLoneSurrogate reports whether valid JSON escapes half of a surrogate pair, which the standard
// decoder would silently replace.
func hasLoneSurrogate(value []byte) bool {
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' {
			continue
		}
		i++ // what is escaped
		if value[i] != 'u' {
			continue
		}
		high := escaped(value[i+1:])
		i += 4
		if !utf16.IsSurrogate(high) {
			continue
		}
		if !bytes.HasPrefix(value[i+1:], []byte(`\u`)) || utf16.DecodeRune(high, escaped(value[i+3:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// escaped returns the code unit that four hexadecimal digits stand for.
func escaped(digits []byte) rune {
	unit, _ := strconv.ParseUint(string(digits[:4]), 16, 16) // valid JSON has four
	return rune(unit)
}
