// What becomes of a database's errors.

package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// databaseError is what a database said, without its driver's error: those have fields that hold a row's
// values or the database's password, and would end in the log of whoever prints them in full.
type databaseError struct {
	text   string
	ctxErr error // the context's error, if that ended
}

func (e *databaseError) Error() string { return e.text }
func (e *databaseError) Unwrap() error { return e.ctxErr }

func failed(ctx context.Context, doing string, err error) error {
	return &databaseError{text: "store: " + doing + ": " + err.Error(), ctxErr: ctx.Err()}
}

// attempts is how often a statement is tried, with pauses of about a fifth of a second in all.
const attempts = 8

// retry does something anew when the database asks for it. It must be one statement, or a transaction as
// a whole.
//
// Databases that run transactions as if one after another answer some that collide with a serialization
// failure: distributed ones always may, PostgreSQL where a host raised the default isolation. It means
// that nothing was done and that the same statement may well succeed now. Every write here is one
// statement that checks what it relies on, so trying it again cannot do anything twice, and no caller
// could handle it better. Any other error, in particular one after which nobody knows whether the
// statement was done, is not tried again.
func retry[T any](ctx context.Context, doing string, do func() (T, error)) (T, error) {
	pause := time.Millisecond
	for attempt := 1; ; attempt++ {
		result, err := do()
		if err == nil {
			return result, nil
		}
		if attempt == attempts || !rolledBack(err) {
			return result, failed(ctx, doing, err)
		}
		timer := time.NewTimer(pause + rand.N(pause)) // apart, so that they do not collide again
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return result, failed(ctx, doing, err)
		}
		pause *= 2
	}
}

// rolledBack reports whether the database asks to try again: serialization_failure, deadlock_detected.
// The method is that of the PostgreSQL drivers' error types, none of which is imported here.
func rolledBack(err error) bool {
	var coded interface{ SQLState() string }
	if !errors.As(err, &coded) {
		return false
	}
	state := coded.SQLState()
	return state == "40001" || state == "40P01"
}
