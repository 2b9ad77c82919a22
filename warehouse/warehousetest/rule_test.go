package warehousetest

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// A brokenCase is an implementation that breaks a rule.
type brokenCase[S any] struct {
	name, rule string
	want       string // in the error
	open       func(*testing.T) S
}

// testSuite checks that the rules find the broken implementations, and that there is one for each rule.
func testSuite[S any](t *testing.T, rules []rule[S], cases []brokenCase[S]) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(rules, func(r rule[S]) bool { return r.name == test.rule })
			if i < 0 {
				t.Fatalf("there is no rule %q", test.rule)
			}
			err := rules[i].verify(t.Context(), test.open(t))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the rule %q returned %v, want an error with %q", test.rule, err, test.want)
			}
		})
	}
	for _, r := range rules {
		if !slices.ContainsFunc(cases, func(c brokenCase[S]) bool { return c.rule == r.name }) {
			t.Errorf("no implementation breaks the rule %q", r.name)
		}
		if r.why == "" {
			t.Errorf("the rule %q has no reason", r.name)
		}
	}
}

func TestFailureNamesTheRuleAndItsReason(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sensitive []string
		want      string
		rules     int // that are checked
	}{
		"a required rule": {[]string{"pasword"}, "a connector has field lists that match its config, but warehouse: the connector of type \"sample\": " +
			"SensitiveFields names \"pasword\", which is not a config field.\nWhy: Requests are decoded", 1},
		"a later rule": {nil, "a connector declares its secrets, but the field \"password\" is named like a credential and is neither in SensitiveFields nor excused.\n" +
			"Why: A field that is not in SensitiveFields is stored in clear", len(connectorRules)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := newConnectorTest(&Connector{SensitiveFieldsFunc: func() []string { return test.sensitive }},
				`{"account":"a","password":"made up for this"}`, nil)
			var errs []string
			checked := 0
			eachRule("connector", connectorRules, func(_ string, check func(context.Context, *connectorTest) error) bool {
				checked++
				err := check(t.Context(), broken)
				if err != nil {
					errs = append(errs, err.Error())
				}
				return err == nil
			})
			if len(errs) != 1 || !strings.Contains(errs[0], test.want) || checked != test.rules {
				t.Errorf("%d rules were checked, want %d, and the errors are %q, want %q", checked, test.rules, errs, test.want)
			}
		})
	}
}
