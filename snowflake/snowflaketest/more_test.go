package snowflaketest_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

func TestFunctions(t *testing.T) {
	t.Parallel()
	r := mustRun(t, newServer(t), `SELECT 1, 25, 'a', current_role(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA(),
		SYSTEM$GET_LOGIN_FAILURE_DETAILS('unknown')`)[0]
	want := []string{"1", "25", "a", "ACCOUNTADMIN", "NULL", "NULL", "NULL", "NULL"}
	if diff := cmp.Diff(want, r.Rows[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1", "25", "'A'", "CURRENT_ROLE()"}, r.Columns[:4]); diff != "" {
		t.Error(diff)
	}
	if r.Property("no such") != "" || (snowflaketest.Result{}).Status() != "" {
		t.Error("what is not there is not empty")
	}
}

func TestWhereAClientComesFromIsSet(t *testing.T) {
	t.Parallel()
	srv := readyServer(t)
	mustRun(t, srv, "CREATE NETWORK POLICY P ALLOWED_IP_LIST = ('192.0.2.0/24'); ALTER ACCOUNT SET NETWORK_POLICY = P")
	for address, code := range map[string]string{"192.0.2.7": "", "2001:db8::1": "390422", "198.51.100.1": "390422"} {
		srv.SetClientIP(netip.MustParseAddr(address))
		if a := login(t, srv, "", newForger().token()); a.Code != code {
			t.Errorf("from %s: %+v", address, a)
		}
	}
	mustRun(t, srv, "ALTER ACCOUNT UNSET NETWORK_POLICY")
	if a := login(t, srv, "", newForger().token()); !a.Success {
		t.Errorf("without a policy: %+v", a)
	}
}
