package engine

import (
	"net/netip"
	"slices"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest/internal/sql"
)

// parseRange reads `192.0.2.7` or `192.0.2.0/24`.
func parseRange(s string) (netip.Prefix, bool) {
	if address, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix, err == nil
}

// checkNetworkPolicy returns an error if the policy that a property names cannot be attached.
func (a *Account) checkNetworkPolicy(v property) *Error {
	if v.null {
		return nil
	}
	policy := a.child(networkPolicyKind, v.text)
	switch {
	case policy == nil:
		return missing(networkPolicyKind, sql.PrintName(v.text))
	case len(policy.allowed) == 0:
		return emptyNetworkPolicy(v.text)
	}
	return nil
}

// admits reports whether the network policy of the user, or else of the account, admits an address. Without
// a policy, or if the policy was dropped, every address is admitted.
func (a *Account) admits(u *user, address netip.Addr) bool {
	name := u.policy
	if name == "" {
		name = a.props["NETWORK_POLICY"]
	}
	policy := a.child(networkPolicyKind, name)
	if policy == nil || len(policy.allowed) == 0 {
		return true
	}
	return slices.ContainsFunc(policy.allowed, func(p netip.Prefix) bool { return p.Contains(address) })
}
