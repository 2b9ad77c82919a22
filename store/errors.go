package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// databaseError holds the message of a driver's error but not the error itself: its fields may contain
// a row's values or the database's password, and printing it with %+v would log them.
type databaseError struct {
	text   string
	ctxErr error // ctx.Err() of the call
}

func (e *databaseError) Error() string { return e.text }
func (e *databaseError) Unwrap() error { return e.ctxErr }

func failed(ctx context.Context, op string, err error) error {
	return &databaseError{text: "store: " + op + ": " + err.Error(), ctxErr: ctx.Err()}
}

// maxAttempts limits the pauses of [retry] to about a fifth of a second in total.
const maxAttempts = 8

// retry calls run, and calls it again after a serialization failure. run must be one statement or one
// whole transaction.
//
// Distributed databases may return a serialization failure for any conflicting transaction, PostgreSQL
// only above its default isolation. It means that the transaction was rolled back and may succeed if
// repeated. Each write in this package checks its preconditions, so repeating it is safe. Other errors
// are not retried: after some of them the outcome is unknown.
func retry[T any](ctx context.Context, op string, run func() (T, error)) (T, error) {
	pause := time.Millisecond
	for attempt := 1; ; attempt++ {
		result, err := run()
		if err == nil {
			return result, nil
		}
		if attempt == maxAttempts || !rolledBack(err) {
			return result, failed(ctx, op, err)
		}
		timer := time.NewTimer(pause + rand.N(pause)) // jitter, against a repeated conflict
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return result, failed(ctx, op, err)
		}
		pause *= 2
	}
}

// rolledBack reports whether err is a serialization_failure or deadlock_detected.
func rolledBack(err error) bool {
	state := sqlState(err)
	return state == "40001" || state == "40P01"
}

// sqlState returns PostgreSQL's code of an error, if any. The errors of all its drivers have this method,
// so none has to be imported.
func sqlState(err error) string {
	var coded interface{ SQLState() string }
	if !errors.As(err, &coded) {
		return ""
	}
	return coded.SQLState()
}
