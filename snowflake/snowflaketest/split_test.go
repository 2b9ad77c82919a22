package snowflaketest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/snowflake/snowflaketest"
)

func TestSplitScript(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script string
		want   []string
	}{
		"nothing":                            {"", []string{}},
		"only comments and semicolons":       {"-- a;\n;;// b;\n/* c; */", []string{}},
		"the last semicolon may be missing":  {"SELECT 1; SELECT 2", []string{"SELECT 1", "SELECT 2"}},
		"comments around are dropped":        {"-- a\nSELECT 1 -- b\n; // c\nSELECT 2", []string{"SELECT 1", "SELECT 2"}},
		"comments inside are kept":           {"SELECT /* ; */ 1", []string{"SELECT /* ; */ 1"}},
		"a literal holds anything":           {`SELECT '; -- // /* $$ "'; X`, []string{`SELECT '; -- // /* $$ "'`, "X"}},
		"base64 may hold two slashes":        {"SELECT 'ab//cd'; X", []string{"SELECT 'ab//cd'", "X"}},
		"doubled quotes stay inside":         {`SELECT 'it''s;'; X`, []string{`SELECT 'it''s;'`, "X"}},
		"a backslash hides a quote":          {`SELECT 'it\';'; X`, []string{`SELECT 'it\';'`, "X"}},
		"a quoted name holds anything":       {`USE ROLE "a;""b--"; X`, []string{`USE ROLE "a;""b--"`, "X"}},
		"a backslash in a name is a letter":  {`USE ROLE "a\"; X`, []string{`USE ROLE "a\"`, "X"}},
		"dollars know no escapes":            {`SELECT $$a\$$; X`, []string{`SELECT $$a\$$`, "X"}},
		"a stage path may look like comment": {"LIST @s/a//b--c; X", []string{"LIST @s/a//b--c", "X"}},
		"a quoted stage may hold spaces":     {`LIST @"a b;".s/x; X`, []string{`LIST @"a b;".s/x`, "X"}},
		"Unicode passes through":             {"SELECT 'Größe ✓'; X", []string{"SELECT 'Größe ✓'", "X"}},
		"Windows line ends":                  {"SELECT 1;\r\n-- a\r\nSELECT 2;\r\n", []string{"SELECT 1", "SELECT 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := snowflaketest.SplitScript(test.script)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSplitScriptUnclosed(t *testing.T) {
	t.Parallel()
	for _, open := range []string{`SELECT 'a`, `SELECT 'a\'`, `SELECT "a`, `SELECT $$a$`, `SELECT 1 /* a *`, "'", `'\`} {
		got, err := snowflaketest.SplitScript("SELECT 0;\n" + open)
		if err == nil {
			t.Errorf("%s: no error", open)
		}
		if diff := cmp.Diff([]string{"SELECT 0"}, got); diff != "" {
			t.Errorf("%s: %s", open, diff)
		}
	}
	results, err := newServer(t).Run("CREATE ROLE A;\nCREATE ROLE 'B")
	wantError(t, err, "001003", "42000", "parse error")
	if len(results) != 1 {
		t.Errorf("%d statements ran before the broken one, want 1", len(results))
	}
}

func TestEscapesInLiterals(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for literal, want := range map[string]string{
		`'it''s'`: "it's", `'it\'s'`: "it's", `'c\\d'`: `c\d`, `$$it''s \n$$`: `it''s \n`, `''`: "",
	} {
		results, err := srv.Run("SELECT " + literal)
		if err != nil {
			t.Errorf("%s: %v", literal, err)
			continue
		}
		if got := results[0].Status(); got != want {
			t.Errorf("%s means %q, want %q", literal, got, want)
		}
	}
	_, err := srv.Run(`SELECT 'a\nb'`)
	wantError(t, err, "001003", "42000", `near '\n'`)
}

func FuzzScript(f *testing.F) {
	for _, seed := range []string{
		"USE ROLE SYSADMIN; CREATE WAREHOUSE W WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 -- a\n; CREATE USER U TYPE = SERVICE RSA_PUBLIC_KEY = 'ab//+='",
		"LIST '@\"D\".\"S\".\"a b\"/x'; SELECT -1, 'a' AS \"b\"", "GRANT ALL ON FUTURE TABLES IN SCHEMA A.B TO C",
		"CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 5 TRIGGERS ON 75 PERCENT DO NOTIFY ON 100 PERCENT DO SUSPEND",
		"CREATE TABLE T (A NUMBER(38,0) NOT NULL, B VARCHAR(10) COMMENT 'x') COMMENT = 'y'", "ALTER USER U UNSET RSA_PUBLIC_KEY, RSA_PUBLIC_KEY_2",
		"SHOW SCHEMAS LIKE 'a%' IN DATABASE D", "ALTER SESSION SET QUERY_TAG = 'x'", "'\\", "@", "$$", "SELECT (((", "é\xff", "DESC USER A.B",
	} {
		f.Add(seed)
	}
	srv := snowflaketest.New()
	f.Cleanup(srv.Close)
	f.Fuzz(func(t *testing.T, script string) {
		statements, err := snowflaketest.SplitScript(script)
		again, againErr := snowflaketest.SplitScript(strings.Join(statements, ";\n"))
		if againErr != nil {
			t.Fatalf("statements that were split off do not split again: %v", againErr)
		}
		if diff := cmp.Diff(statements, again); diff != "" {
			t.Fatal(diff)
		}
		results, runErr := srv.Run(script)
		if err != nil && runErr == nil || runErr == nil && len(results) != len(statements) {
			t.Fatalf("%d of %d statements ran: %v after %v", len(results), len(statements), runErr, err)
		}
	})
}
