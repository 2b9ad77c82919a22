package postgresconnector

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/warehousekit/warehousekit/warehouse"
	"github.com/warehousekit/warehousekit/warehouse/netguard"
)

// diagnose adds the cause and the fix to the error of a failed step. It drops the driver's error, which
// contains the password and describes our network.
func diagnose(ctx context.Context, c *Config, err error) error {
	failed, ok := errors.AsType[*warehouse.ProbeError](err)
	if !ok || failed.Code != "" {
		return err
	}
	var e *warehouse.ProbeError
	if server, ok := errors.AsType[*pgconn.PgError](failed.Err); ok && server.Code != "" {
		e = diagnoseServer(c, server)
	} else {
		e = diagnoseNetwork(ctx, c, failed.Err)
	}
	e.Step = failed.Step
	return e
}

// diagnoseServer explains an error that PostgreSQL returned. The message is in the server's language, so
// only the code matters. Appendix A of the PostgreSQL manual lists all codes.
func diagnoseServer(c *Config, err *pgconn.PgError) *warehouse.ProbeError {
	role, database := identifier(c.User), identifier(c.Database)
	e := &warehouse.ProbeError{Code: warehouse.CodeUnknown, VendorCode: err.Code, Message: err.Message}
	switch {
	case err.Code == "28P01":
		e.Code = warehouse.CodeAuthenticationFailed
		e.Hint = "The role " + role + " does not exist or has another password. " +
			`Run the fix, then \password ` + role + " in psql."
		e.Fix = createRole(c)
	case err.Code == "28000" && err.Routine == "ClientAuthentication":
		e.Code = warehouse.CodeNetworkBlocked
		e.Hint = "Allow this role, database, sslmode and our address in pg_hba.conf on the server."
	case err.Code == "28000":
		e.Code = warehouse.CodeUserDisabled
		e.Hint = "The role " + role + " may not log in. Run the fix."
		e.Fix = allowLogin(c)
	case err.Code == "3D000":
		e.Code = warehouse.CodeDatabaseInaccessible
		e.Hint = "Check the name of the database. If it is correct, run the fix, then the setup script."
		e.Fix = "CREATE DATABASE " + database + ";"
	case err.Code == "42501":
		e.Code = warehouse.CodeDatabaseInaccessible
		e.Hint = "The role " + role + " may not connect to the database " + database + ". Run the fix."
		e.Fix = grantConnect(c)
	case err.Code == "3F000":
		e.Code = warehouse.CodeSchemaInaccessible
		e.Hint = "Run the fix in the database " + database + ", or run the setup script again."
		e.Fix = createSchema(c) + "\n" + grantSchema(c) + "\n" + setSearchPath(c)
	case err.Code == "53300":
		e.Code = warehouse.CodeVendorUnavailable
		e.Hint = "All connections of the server, the database or the role are in use. Close some, or raise the limit."
	case strings.HasPrefix(err.Code, "53"), strings.HasPrefix(err.Code, "57P"):
		e.Code = warehouse.CodeVendorUnavailable
		e.Hint = "The server is full, starting or shutting down. Try again in a few minutes."
	}
	return e
}

// diagnoseNetwork explains an error of the driver. A host that does not exist and one in a private network
// get the same message. Otherwise customers could learn the names in our network.
func diagnoseNetwork(ctx context.Context, c *Config, err error) *warehouse.ProbeError {
	host := net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
	dns, isDNS := errors.AsType[*net.DNSError](err)
	_, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, isNetwork := errors.AsType[net.Error](err)
	e := &warehouse.ProbeError{Code: warehouse.CodeNetworkUnreachable}
	switch text := err.Error(); {
	case ctx.Err() != nil:
		e.Code = warehouse.CodeTimeout
		e.Message = host + " did not respond in time."
		e.Hint = "Check host and port. A firewall may block the connection, or another service uses the port."
	case errors.Is(err, netguard.ErrPrivateAddress), isDNS && dns.IsNotFound:
		e.Message = host + " does not exist or is in a private network."
		e.Hint = "Check the host. It must have a public address."
	case strings.Contains(text, "refused TLS"): // the driver has no type for this error
		e.Message = host + " does not offer TLS."
		e.Hint = `Turn on ssl on the server. The sslmode "disable" connects without encryption.`
	case isCertificate:
		e.Message = "The certificate of " + host + " is not trusted."
		e.Hint = "It is for another host, or not signed by a public authority. " +
			`The sslmode "require" encrypts without verifying the server.`
	case strings.Contains(text, "authentication method requirement"): // nor for this one
		e.Code = warehouse.CodeAuthenticationFailed
		e.Message = host + " does not use SCRAM-SHA-256 to authenticate the role."
		e.Hint = "Set password_encryption and pg_hba.conf to scram-sha-256, " +
			`then run \password ` + identifier(c.User) + " in psql."
	case errors.Is(err, errIterations):
		e.Code = warehouse.CodeAuthenticationFailed
		e.Message = host + " requests too many SCRAM iterations."
		e.Hint = "Set scram_iterations to at most " + strconv.Itoa(maxIterations) + " on the server, " +
			`then run \password ` + identifier(c.User) + " in psql."
	case isNetwork, strings.HasSuffix(text, "EOF"):
		e.Message = "The connection to " + host + " was refused or closed."
		e.Hint = "Check host and port, and that the server accepts connections from our address."
	default:
		e.Code = warehouse.CodeUnexpectedResponse
		e.Message = host + " does not respond like a PostgreSQL server."
		e.Hint = "Check host and port."
	}
	return e
}
