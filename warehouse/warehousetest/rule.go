package warehousetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// A rule is one requirement of an interface. Its check returns an error rather than failing a test, so the
// suites can themselves be tested with implementations that break a rule.
type rule[S any] struct {
	name     string // completes "A connector ..."
	why      string
	required bool // the rules after it assume it
	check    func(ctx context.Context, subject S) error
}

// verify returns an error if the subject breaks the rule or panics.
func (r rule[S]) verify(ctx context.Context, subject S) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it panicked: %v", p)
		}
	}()
	return r.check(ctx, subject)
}

// eachRule calls run for each rule, until a required one is broken. Run reports whether check succeeded.
func eachRule[S any](kind string, rules []rule[S], run func(name string, check func(context.Context, S) error) bool) {
	for _, r := range rules {
		kept := run(r.name, func(ctx context.Context, subject S) error {
			if err := r.verify(ctx, subject); err != nil {
				return fmt.Errorf("a %s %s, but %w.\nWhy: %s", kind, r.name, err, r.why)
			}
			return nil
		})
		if !kept && r.required {
			return
		}
	}
}

// testRules checks each rule in a subtest of its name, with the subject that open returns.
func testRules[S any](t *testing.T, kind string, rules []rule[S], open func(*testing.T) S) {
	t.Helper()
	eachRule(kind, rules, func(name string, check func(context.Context, S) error) bool {
		return t.Run(name, func(t *testing.T) {
			if err := check(t.Context(), open(t)); err != nil {
				t.Error(err)
			}
		})
	})
}

// atOnce makes n calls at once and returns their errors. A panic becomes an error.
func atOnce(n int, call func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = fmt.Errorf("it panicked: %v", p)
				}
			}()
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// firstError returns the first error that is not nil.
func firstError(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// endedContexts returns contexts that have ended, by how.
func endedContexts(ctx context.Context) map[string]context.Context {
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithTimeout(ctx, 0)
	cancel()
	return map[string]context.Context{"canceled": canceled, "past its deadline": late}
}

// quote quotes a text, and cuts it if it is long.
func quote(text string) string {
	const most = 300
	if len(text) > most {
		return fmt.Sprintf("%q… (%d bytes)", strings.ToValidUTF8(text[:most], ""), len(text))
	}
	return fmt.Sprintf("%q", text)
}
