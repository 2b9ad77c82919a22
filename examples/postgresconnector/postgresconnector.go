package postgresconnector

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/netguard"
)

// driverSettings names all that the driver would else take from PG* variables, .pgpass and certificate files.
// SCRAM keeps the password from the server, whoever that is: each side proves that it knows it.
const driverSettings = "host=none port=5432 user=none password=none dbname=none sslmode=disable sslrootcert='' sslnegotiation=postgres " +
	"sslcertmode=disable connect_timeout=0 target_session_attrs=any min_protocol_version=3.0 max_protocol_version=3.0 " +
	"channel_binding=prefer require_auth=scram-sha-256 default_query_exec_mode=cache_statement statement_cache_capacity=512 description_cache_capacity=512"

var errNotGranted = errors.New("a privilege is missing")

const (
	allowLogin   = "ALTER ROLE {role} LOGIN;"
	allowConnect = "GRANT CONNECT ON DATABASE {database} TO {role};"
	createSchema = "CREATE SCHEMA IF NOT EXISTS {schema};"
	grantSchema  = "GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};"

	// The password is in no script: \password asks for it. It comes last, or what is pasted after it would answer.
	script = `-- Lets one role log in and work in one schema. Run it as an administrator: psql -f setup.sql
-- It can be run again from the top at any time. With another tool than psql, connect to the database, leave
-- out the lines that begin with \, and set the role's password as that tool does.
\set ON_ERROR_STOP on
\connect -reuse-previous=on {conninfo}
{createRole}
` + allowLogin + "\n" + allowConnect + "\n" + createSchema + "\n" + grantSchema + `
-- Type the password of this connection, twice.
\password {role}
`
)

// fill puts the config's names into a text, quoted for psql.
func (c *Config) fill(text string) string {
	quote := func(name string) string { return pgx.Identifier{name}.Sanitize() }
	literal := func(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
	return strings.NewReplacer("{host}", net.JoinHostPort(c.Host, fmt.Sprint(c.Port)),
		"{role}", quote(c.User), "{database}", quote(c.Database), "{schema}", quote(c.Schema),
		"{conninfo}", quote("dbname='"+strings.ReplaceAll(c.Database, "'", `\'`)+"'"), // a bare name may not hold "="
		"{createRole}", "DO "+literal("BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = "+literal(c.User)+") THEN CREATE ROLE "+quote(c.User)+" LOGIN; END IF; END")+";",
	).Replace(text)
}

// SetupScript returns a script for psql.
func (*Connector) SetupScript(config any, _ string) (string, error) {
	return config.(*Config).fill(script), nil
}

// session returns the driver's config. Only fields are set: nothing that a customer types is parsed.
func (c *Connector) session(target warehouse.Target) (*pgx.ConnConfig, *Config) {
	s, config := c.base.Copy(), target.Config().(*Config)
	s.Host, s.Port, s.Database, s.User, s.Password = config.Host, config.Port, config.Database, config.User, config.Password
	s.RuntimeParams = map[string]string{"application_name": "warehousekit", "search_path": config.fill("{schema}")}
	if config.SSLMode != "disable" {
		s.TLSConfig = &tls.Config{ServerName: s.Host, InsecureSkipVerify: config.SSLMode == "require"}
	}
	return s, config
}

// Database returns what opens sessions as the stored role, in the stored database and schema.
func (c *Connector) Database(target warehouse.Target) (driver.Connector, error) {
	s, config := c.session(target)
	s.ConnectTimeout, s.Password = time.Minute, "" // a pool prints what is in its connector, but no closure
	login := func(_ context.Context, s *pgx.ConnConfig) error { s.Password = config.Password; return nil }
	return stdlib.GetConnector(*s, stdlib.OptionBeforeConnect(login)), nil
}

// Probe logs in, selects 1, and asks what the role may do in the schema, over one connection and until ctx ends.
func (c *Connector) Probe(ctx context.Context, target warehouse.Target) ([]warehouse.StepResult, error) {
	s, config := c.session(target)
	s.MaxProtocolMessageBodyLen = 1 << 16 // whatever it is that answers
	var line net.Conn
	s.DialFunc = func(ctx context.Context, network, address string) (_ net.Conn, err error) {
		if line != nil { // the driver means to cancel a statement, in its own time
			return nil, net.ErrClosed
		}
		line, err = c.base.DialFunc(ctx, network, address)
		return line, err
	}
	var conn *pgx.Conn
	defer func() {
		if conn != nil {
			_ = conn.Close(ctx)
			_ = line.Close() // a session that failed would otherwise linger for 15 seconds
			<-conn.PgConn().CleanupDone()
		}
	}()
	authenticate := func(ctx context.Context) (err error) { conn, err = pgx.ConnectConfig(ctx, s); return err }
	query := func(ctx context.Context) error { return conn.QueryRow(ctx, "SELECT 1").Scan(new(int)) }
	schema := func(ctx context.Context) error {
		granted, ask := false, "SELECT has_schema_privilege($1::text, 'USAGE') AND has_schema_privilege($1::text, 'CREATE')"
		if err := conn.QueryRow(ctx, ask, config.Schema).Scan(&granted); err != nil || granted {
			return err
		}
		return errNotGranted
	}
	report, err := warehouse.RunSteps(ctx, warehouse.Step{Name: "authenticate", Run: authenticate},
		warehouse.Step{Name: "query", Run: query}, warehouse.Step{Name: "schema", Run: schema})
	return report, config.explain(ctx, err)
}

// explain says what a failed step's error means. PostgreSQL's own words stay. The driver's do not: they tell
// of our network, and its error holds the password.
func (c *Config) explain(ctx context.Context, err error) error {
	e, failed := errors.AsType[*warehouse.ProbeError](err)
	if !failed {
		return err
	}
	err, e.Err = e.Err, nil
	said, _ := errors.AsType[*pgconn.PgError](err)
	said = cmp.Or(said, &pgconn.PgError{})
	_, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, isNetwork := errors.AsType[net.Error](err)
	dns, isDNS := errors.AsType[*net.DNSError](err)
	when := func(is bool, code warehouse.Code, message, hint, fix string) {
		if is && e.Code == "" {
			e.Code, e.VendorCode, e.Message, e.Hint, e.Fix = code, said.Code, cmp.Or(said.Message, c.fill(message)), c.fill(hint), c.fill(fix)
		}
	}
	when(said.Code == "28P01", warehouse.CodeAuthenticationFailed, "", `There is no role {role}, or it has another password. Run the fix, and then in psql \password {role}.`, "{createRole}")
	when(said.Code == "28000" && said.Routine == "ClientAuthentication", warehouse.CodeNetworkBlocked, "", "The server's pg_hba.conf does not let the role in from our address, into this database, or with this sslmode: allow it there.", "")
	when(said.Code == "28000", warehouse.CodeUserDisabled, "", "The role {role} may not log in: run the fix.", allowLogin)
	when(said.Code == "3D000", warehouse.CodeDatabaseInaccessible, "", "Check the database's name. If it is right, run the fix, and then the setup script.", "CREATE DATABASE {database};")
	when(said.Code == "42501", warehouse.CodeDatabaseInaccessible, "", "The role {role} may not connect to the database {database}: run the fix.", allowConnect)
	when(said.Code == "3F000", warehouse.CodeSchemaInaccessible, "", "Run the fix in the database {database}, or the setup script.", createSchema+"\n"+grantSchema)
	when(strings.HasPrefix(said.Code, "53") || strings.HasPrefix(said.Code, "57P"), warehouse.CodeVendorUnavailable, "", "The server is full, starting or shutting down: try again in a few minutes.", "")
	when(errors.Is(err, errNotGranted), warehouse.CodeInsufficientPrivileges, "The role {role} lacks USAGE or CREATE on the schema {schema}.", "Run the fix in the database {database}, or the setup script.", grantSchema)
	when(said.Code != "", warehouse.CodeUnknown, "", "", "")
	when(ctx.Err() != nil, warehouse.CodeTimeout, "{host} did not answer in time.", "Check host and port. A firewall may be in the way, or something else than PostgreSQL listens there.", "")
	when(errors.Is(err, netguard.ErrPrivateAddress) || isDNS && dns.IsNotFound, warehouse.CodeNetworkUnreachable, "{host} leads nowhere that may be reached from here.", "Check the host. It has to exist outside of private networks.", "")
	when(strings.Contains(err.Error(), "refused TLS"), warehouse.CodeNetworkUnreachable, "{host} does not offer TLS.", `Turn ssl on in the server's settings. The sslmode "disable" works without, and encrypts nothing.`, "")
	when(isCertificate, warehouse.CodeNetworkUnreachable, "The certificate of {host} is not trusted.", `It is not for this host, or of no public authority. The sslmode "require" encrypts without asking who answers.`, "")
	when(strings.Contains(err.Error(), "authentication method requirement"), warehouse.CodeAuthenticationFailed, "{host} does not ask for a password by SCRAM-SHA-256.", `Set password_encryption and pg_hba.conf to scram-sha-256, and then in psql \password {role}.`, "")
	when(isNetwork || strings.HasSuffix(err.Error(), "EOF"), warehouse.CodeNetworkUnreachable, "The connection to {host} was refused or cut.", "Check host and port, and that the server lets connections in from our address.", "")
	when(true, warehouse.CodeUnexpectedResponse, "{host} does not answer like PostgreSQL.", "Check host and port.", "")
	return e
}
