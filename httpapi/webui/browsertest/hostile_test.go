package browsertest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/warehousekit/warehousekit/warehouse"
)

const markup = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`

// hostile connects a warehouse whose error is 64 KiB of markup, of control characters, and of characters that
// change the direction of the text.
func hostile(s *site) {
	s.t.Helper()
	s.offer("fake")
	s.fake.ProbeFunc = func(context.Context, warehouse.Target) ([]warehouse.StepResult, error) {
		text := markup + "\u202edetrevni\u2066 \x1b[31m \u200b {title} " + strings.Repeat("A", 64<<10)
		return []warehouse.StepResult{{Name: "connect", Status: warehouse.StepFailed}}, &warehouse.ProbeError{
			Step: "connect", Code: warehouse.CodeUnknown, VendorCode: markup, Hint: markup + "\u202edetrevni", Fix: "-- " + markup + "\u202edetrevni", Err: errors.New(text),
		}
	}
	s.call(http.MethodPost, "", `{"type":"fake","account":"db.example.com","password":"correct horse"}`)
	s.test()
}
