package snowflake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/warehousekit/warehousekit/internal/texts"
	"github.com/warehousekit/warehousekit/warehouse"
)

// explained returns a step that runs run and explains its error.
func (p *probe) explained(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := run(ctx)
		if err == nil {
			return nil
		}
		return p.explain(ctx, err)
	}
}

// explain returns the error of a step as one that a customer can act on. If only the
// host can, it logs the cause, which the customer does not see.
func (p *probe) explain(ctx context.Context, err error) *warehouse.ProbeError {
	probeErr := p.probeError(err)
	if probeErr.Code == warehouse.CodeServerError {
		probeErr.Err = errors.New(redactURLs(probeErr.Err.Error()))
		p.connector.log.LogAttrs(ctx, slog.LevelError, "snowflake: probe failed for a reason on our side",
			slog.String("connection", p.connection), texts.Error(probeErr.Err))
	}
	return probeErr
}

// probeError looks up Snowflake's own errors in diagnose_codes.go. All others are a
// [*transportError].
func (p *probe) probeError(err error) *warehouse.ProbeError {
	if probeErr, ok := errors.AsType[*warehouse.ProbeError](err); ok {
		return probeErr
	}
	var sfErr *gosnowflake.SnowflakeError
	var e *transportError
	switch {
	case errors.As(err, &e):
	case errors.As(err, &sfErr) && isFromServer(sfErr.Number):
		d := p.diagnose(sfErr.Number, sfErr.Message)
		if d.cause != "" {
			err = fmt.Errorf("%s: %06d: %s", d.cause, sfErr.Number, sfErr.Message)
		}
		return &warehouse.ProbeError{
			Code: d.code, VendorCode: fmt.Sprintf("%06d", sfErr.Number), Message: sfErr.Message,
			Hint: d.hint, Fix: formatFix(d.fix), Err: err,
		}
	case errors.Is(err, errDriverHangs):
		e = p.transport.timeoutError(true, time.Since(p.began))
	case (isUnreadable(err) || errors.Is(err, errDriverPanic)) && p.transport != nil:
		e = p.transport.unexpected(problemForm, err)
	default:
		e = internalError("The test ended with an error on our side.", err)
	}
	if e.code == warehouse.CodeServerError {
		err = e.cause
	}
	return &warehouse.ProbeError{Code: e.code, Message: e.message, Hint: e.hint, Err: err}
}

// isFromServer reports whether a code is Snowflake's. The driver's own codes are
// 260000 to 289999, and their messages are format strings.
func isFromServer(number int) bool { return number > 0 && (number < 260000 || number >= 290000) }

// isUnreadable reports whether the driver failed to decode a response that is JSON.
func isUnreadable(err error) bool {
	var (
		syntax *json.SyntaxError
		typ    *json.UnmarshalTypeError
		number *strconv.NumError
	)
	return errors.As(err, &syntax) || errors.As(err, &typ) || errors.As(err, &number)
}

var urlPattern = regexp.MustCompile(`"?[A-Za-z][A-Za-z0-9+.-]*://[^\s"]*"?`)

// redactURLs removes URLs, which can contain passwords of proxies and request ids.
func redactURLs(text string) string { return urlPattern.ReplaceAllString(text, "…") }
