package postgresconnector

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/warehousekit/warehousekit/warehouse"
)

func TestDiagnoseServer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		breakIt func(*site)
		code    warehouse.Code
		state   string
		step    string
		message string
		hint    string
		fix     string
		extra   func(*site) // what the fix does not include
	}{
		{
			name:    "wrong password",
			breakIt: func(s *site) { s.setPassword("another") },
			code:    warehouse.CodeAuthenticationFailed, state: "28P01", step: "authenticate",
			message: `password authentication failed for user "{user}"`,
			hint:    `The role {role} does not exist or has another password. Run the fix, then \password {role} in psql.`,
			fix:     "{createRole}",
			extra:   func(s *site) { s.setPassword(password) },
		},
		{
			name: "missing role",
			breakIt: func(s *site) {
				s.admin("DROP OWNED BY {role};\nDROP ROLE {role};")
			},
			code: warehouse.CodeAuthenticationFailed, state: "28P01", step: "authenticate",
			message: `password authentication failed for user "{user}"`,
			hint:    `The role {role} does not exist or has another password. Run the fix, then \password {role} in psql.`,
			fix:     "{createRole}",
			extra: func(s *site) {
				s.setPassword(password)
				s.admin(grantSchema(&s.config) + "\n" + setSearchPath(&s.config))
			},
		},
		{
			name:    "NOLOGIN",
			breakIt: func(s *site) { s.admin("ALTER ROLE {role} NOLOGIN;") },
			code:    warehouse.CodeUserDisabled, state: "28000", step: "authenticate",
			message: `role "{user}" is not permitted to log in`,
			hint:    "The role {role} may not log in. Run the fix.",
			fix:     "ALTER ROLE {role} LOGIN;",
		},
		{
			name: "missing database",
			breakIt: func(s *site) {
				s.admin("DROP OWNED BY {role};")
				s.run(s.server.Database, fill(s.config, "DROP DATABASE {database} WITH (FORCE);"))
			},
			code: warehouse.CodeDatabaseInaccessible, state: "3D000", step: "authenticate",
			message: `database "{db}" does not exist`,
			hint:    "Check the name of the database. If it is correct, run the fix, then the setup script.",
			fix:     "CREATE DATABASE {database};",
			extra:   func(s *site) { s.setUp() },
		},
		{
			name:    "no CONNECT on the database",
			breakIt: func(s *site) { s.admin("REVOKE CONNECT ON DATABASE {database} FROM PUBLIC, {role};") },
			code:    warehouse.CodeDatabaseInaccessible, state: "42501", step: "authenticate",
			message: `permission denied for database "{db}"`,
			hint:    "The role {role} may not connect to the database {database}. Run the fix.",
			fix:     "GRANT CONNECT ON DATABASE {database} TO {role};",
		},
		{
			name:    "missing schema",
			breakIt: func(s *site) { s.admin("DROP SCHEMA {schema} CASCADE;") },
			code:    warehouse.CodeSchemaInaccessible, state: "3F000", step: "schema",
			message: `schema "{sch}" does not exist`,
			hint:    "Run the fix in the database {database}, or run the setup script again.",
			fix: "CREATE SCHEMA IF NOT EXISTS {schema};\nGRANT USAGE, CREATE ON SCHEMA {schema} TO {role};\n" +
				"ALTER ROLE {role} IN DATABASE {database} SET search_path = {schema};",
		},
		{
			name:    "no USAGE on the schema",
			breakIt: func(s *site) { s.admin("REVOKE USAGE ON SCHEMA {schema} FROM {role};") },
			code:    warehouse.CodeInsufficientPrivileges, step: "schema",
			message: "The role {role} lacks USAGE or CREATE on the schema {schema}.",
			hint:    "Run the fix in the database {database}, or run the setup script again.",
			fix:     "GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};",
		},
		{
			name:    "no CREATE on the schema",
			breakIt: func(s *site) { s.admin("REVOKE CREATE ON SCHEMA {schema} FROM {role};") },
			code:    warehouse.CodeInsufficientPrivileges, step: "schema",
			message: "The role {role} lacks USAGE or CREATE on the schema {schema}.",
			hint:    "Run the fix in the database {database}, or run the setup script again.",
			fix:     "GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};",
		},
		{
			name:    "another search_path",
			breakIt: func(s *site) { s.admin("ALTER ROLE {role} IN DATABASE {database} RESET search_path;") },
			code:    warehouse.CodeSchemaInaccessible, step: "schema",
			message: "The schema {schema} is not the first in the search_path of the role {role}.",
			hint:    "Run the fix. If you use PgBouncer, run RECONNECT in its console afterwards.",
			fix:     "ALTER ROLE {role} IN DATABASE {database} SET search_path = {schema};",
		},
		{
			name:    "connection limit",
			breakIt: func(s *site) { s.admin("ALTER ROLE {role} CONNECTION LIMIT 0;") },
			code:    warehouse.CodeVendorUnavailable, state: "53300", step: "authenticate",
			message: `too many connections for role "{user}"`,
			hint:    "All connections of the server, the database or the role are in use. Close some, or raise the limit.",
			extra:   func(s *site) { s.admin("ALTER ROLE {role} CONNECTION LIMIT -1;") },
		},
		{
			name: "database without connections",
			breakIt: func(s *site) {
				s.run(s.server.Database, fill(s.config, "ALTER DATABASE {database} ALLOW_CONNECTIONS false;"))
			},
			code: warehouse.CodeUnknown, state: "55000", step: "authenticate",
			message: `database "{db}" is not currently accepting connections`,
			extra: func(s *site) {
				s.run(s.server.Database, fill(s.config, "ALTER DATABASE {database} ALLOW_CONNECTIONS true;"))
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, ` it's "odd" `)
			s.setUp()
			if _, e := runProbe(t, s.config); e != nil {
				t.Fatalf("before: %v", e)
			}

			test.breakIt(s)
			_, e := runProbe(t, s.config)
			if e == nil {
				t.Fatal("the probe succeeded")
			}
			raw := strings.NewReplacer("{user}", s.config.User, "{db}", s.config.Database, "{sch}", s.config.Schema)
			want := &warehouse.ProbeError{
				Step: test.step, Code: test.code, VendorCode: test.state,
				Message: fill(s.config, raw.Replace(test.message)), Hint: fill(s.config, test.hint), Fix: fill(s.config, test.fix),
			}
			if diff := cmp.Diff(want, e); diff != "" {
				t.Errorf("diagnosis (-want +got):\n%s", diff)
			}

			switch {
			case strings.HasPrefix(e.Fix, "CREATE DATABASE"):
				s.run(s.server.Database, e.Fix)
			case e.Fix != "":
				s.run(s.config.Database, e.Fix)
			}
			if test.extra != nil {
				test.extra(s)
			}
			if _, e := runProbe(t, s.config); e != nil {
				t.Errorf("after the fix: %v", e)
			}
		})
	}
}
