// Package panics describes recovered panics without disclosing what they hold.
package panics

import (
	"errors"
	"fmt"
	"runtime"
)

// Text returns a description of a recovered value for errors and logs: the message of the runtime's own
// errors, and the type of anything else, whose text may hold a secret.
func Text(recovered any) string {
	var err runtime.Error
	if e, ok := recovered.(error); ok && errors.As(e, &err) {
		return err.Error()
	}
	return fmt.Sprintf("%T", recovered)
}
