// From a probe's report and error to a test's result.

package warehouse

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// resultOf says what a probe found. A failure always has a code and a hint.
func (s *Service) resultOf(report Report, failure error, at time.Time) TestResult {
	result := TestResult{Success: failure == nil, TestedAt: at, Diagnosis: Diagnosis{Steps: slices.Clone(report.Steps)}}
	if failure == nil {
		return result
	}
	var known *ProbeError
	if !errors.As(failure, &known) {
		known = &ProbeError{Err: failure}
	}
	d := &result.Diagnosis
	d.Step, d.Code, d.VendorCode, d.Hint, d.Fix = known.Step, known.Code, known.VendorCode, known.Hint, known.Fix
	result.Error = known.Error()
	if errors.Is(failure, context.DeadlineExceeded) && d.Code == "" {
		d.Code = CodeTimeout
	}
	if result.Error == context.DeadlineExceeded.Error() {
		// Alone it names no cause that a customer could act on.
		result.Error = fmt.Sprintf("The warehouse did not answer within %s.", s.probeTimeout)
		if d.Step != "" {
			result.Error = fmt.Sprintf("The warehouse did not answer within %s, in the step %q.", s.probeTimeout, d.Step)
		}
	}
	if _, documented := defaultHints[d.Code]; !documented {
		d.Code = CodeUnknown
	}
	if d.Hint == "" {
		d.Hint = defaultHints[d.Code]
	}
	return result
}

// redacted stands where a secret stood.
const redacted = "[redacted]"

// redact takes the secrets out of what a connector says: vendors' libraries quote a password when they
// cannot parse the text that holds it. It also makes the texts ones that any database can store.
// Values of under four bytes are left, since they would be found in any sentence.
func (k secrets) redact(result *TestResult) {
	var pairs []string
	hide := func(texts ...string) {
		for _, text := range texts {
			if len(text) >= 4 {
				pairs = append(pairs, text, redacted)
			}
		}
	}
	for _, raw := range k.fields {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			hide(text)
		}
		hide(strings.Trim(string(raw), `"`))
	}
	if len(k.privateKey) > 0 {
		hide(string(k.privateKey), base64.StdEncoding.EncodeToString(k.privateKey), hex.EncodeToString(k.privateKey))
	}
	clean := strings.NewReplacer(append(pairs, "\x00", "")...)
	d := &result.Diagnosis
	for _, text := range []*string{&result.Error, &d.Step, &d.VendorCode, &d.Hint, &d.Fix} {
		*text = clean.Replace(strings.ToValidUTF8(*text, "\uFFFD"))
	}
	for i := range d.Steps {
		d.Steps[i].Name = clean.Replace(strings.ToValidUTF8(d.Steps[i].Name, "\uFFFD"))
	}
}
