// From whatever a step returned to an error that a customer can act on.

package snowflake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/warehouse"
)

// explained runs a step and explains its error.
func (p *probe) explained(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := run(ctx)
		if err == nil {
			return nil
		}
		return p.explain(ctx, err)
	}
}

// explain turns whatever a step returned into what a customer can act on.
func (p *probe) explain(ctx context.Context, err error) *warehouse.ProbeError {
	if known, ok := errors.AsType[*warehouse.ProbeError](err); ok {
		return known
	}
	var said *gosnowflake.SnowflakeError
	var f *fault
	switch {
	case errors.As(err, &f):
	case errors.As(err, &said) && isSnowflakes(said.Number):
		e := &warehouse.ProbeError{VendorCode: vendorCode(said.Number), Message: said.Message, Err: err}
		v := p.diagnose(said.Number, said.Message)
		e.Code, e.Hint, e.Fix = v.code, v.hint, formatFix(v.fix)
		return e
	case isUnreadable(err) && p.transport != nil:
		f = p.transport.unexpected("its JSON has another form", err)
	default:
		f = ownFault("The test ended with an error on our side.", err)
	}
	if f.own {
		p.connector.log.LogAttrs(ctx, slog.LevelError, "snowflake: a probe failed for a reason on our side",
			slog.String("connection", p.connection), slog.String("error", withoutURLs(f.cause.Error())))
	}
	return &warehouse.ProbeError{Code: f.code, Message: f.text, Hint: f.hint, Err: err}
}

// ownFault is about what only we can mend. The customer is not told its cause, which goes to the log.
func ownFault(text string, cause error) *fault {
	return &fault{code: warehouse.CodeUnknown, text: text, hint: hintOurs, cause: cause, own: true}
}

// isSnowflakes tells Snowflake's own errors from the driver's, whose numbers are 26xxxx to 28xxxx and whose
// messages are formats.
func isSnowflakes(number int) bool { return number > 0 && (number < 260000 || number >= 290000) }

// vendorCode writes a code as Snowflake does.
func vendorCode(number int) string { return fmt.Sprintf("%06d", number) }

// isUnreadable reports whether the driver could not make sense of an answer that is JSON.
func isUnreadable(err error) bool {
	var (
		syntax *json.SyntaxError
		typ    *json.UnmarshalTypeError
		number *strconv.NumError
	)
	return errors.As(err, &syntax) || errors.As(err, &typ) || errors.As(err, &number)
}

var urlText = regexp.MustCompile(`"?[A-Za-z][A-Za-z0-9+.-]*://[^\s"]*"?`)

// withoutURLs takes out what may hold passwords of proxies, and ids of requests.
func withoutURLs(text string) string { return urlText.ReplaceAllString(text, "…") }
