// Network policies.

package snowflaketest

import (
	"net/netip"
	"strings"
)

// Network policies: which addresses a user may come from.

// parseRange reads `192.0.2.7` or `192.0.2.0/24`.
func parseRange(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		address, err := netip.ParseAddr(s)
		if err != nil {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(address, address.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix, err == nil
}

// badAddress returns the first entry that is no address and no range, or "".
func badAddress(list []string) string {
	for _, s := range list {
		if _, ok := parseRange(s); !ok {
			return s
		}
	}
	return ""
}

func (a *account) networkRule(path string) *object {
	names, _, ok := splitStage(path)
	if !ok || len(names) != 3 {
		return nil
	}
	if d := a.child(databaseKind, names[0]); d != nil {
		if sc := d.child(schemaKind, names[1]); sc != nil {
			return sc.child(networkRuleKind, names[2])
		}
	}
	return nil
}

// admits reports whether the policy that holds for the user, its own before the account's, lets an
// address in. A policy that is gone, or none at all, lets everything in.
func (a *account) admits(u *user, address netip.Addr) bool {
	name := u.policy
	if name == "" {
		name = a.props["NETWORK_POLICY"]
	}
	policy := a.child(networkPolicyKind, name)
	if policy == nil {
		return true
	}
	if a.listed(policy, "BLOCKED", address) {
		return false
	}
	allowed := policy.lists["ALLOWED_IP_LIST"]
	rules := policy.lists["ALLOWED_NETWORK_RULE_LIST"]
	return len(allowed)+len(rules) == 0 || a.listed(policy, "ALLOWED", address)
}

func (a *account) listed(policy *object, side string, address netip.Addr) bool {
	ranges := append([]string{}, policy.lists[side+"_IP_LIST"]...)
	for _, path := range policy.lists[side+"_NETWORK_RULE_LIST"] {
		if rule := a.networkRule(path); rule != nil && rule.props["TYPE"] == "IPV4" {
			ranges = append(ranges, rule.lists["VALUE_LIST"]...)
		}
	}
	for _, s := range ranges {
		if prefix, ok := parseRange(s); ok && prefix.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}
