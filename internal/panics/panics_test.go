package panics_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/warehousekit/warehousekit/internal/panics"
)

func TestText(t *testing.T) {
	t.Parallel()
	index := func() (p any) {
		defer func() { p = recover() }()
		var none []int
		return none[len("secret")]
	}()
	const outOfRange = "runtime error: index out of range [6] with length 0"
	for name, test := range map[string]struct {
		recovered any
		want      string
	}{
		"a text":                  {"secret", "string"},
		"an error":                {errors.New("secret"), "*errors.errorString"},
		"a struct":                {struct{ Password string }{"secret"}, "struct { Password string }"},
		"a runtime error":         {index, outOfRange},
		"a wrapped runtime error": {fmt.Errorf("secret: %w", index.(error)), outOfRange},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := panics.Text(test.recovered); got != test.want {
				t.Errorf("Text = %q, want %q", got, test.want)
			}
		})
	}
}
