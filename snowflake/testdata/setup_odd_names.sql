-- Flagsmith Analytics
USE ROLE SYSADMIN;

-- This script lets Flagsmith load data into this Snowflake account. It creates a warehouse, a database, a schema,
-- a stage, a role and a user if they do not exist. It grants the role only what loading needs.
--
-- Who: a user with the roles SYSADMIN and SECURITYADMIN. ACCOUNTADMIN has both.
-- How: run the whole script, from top to bottom. In Snowsight, paste it into a worksheet and choose "Run All".
-- Or save it as setup.sql and run one of these:
--   snow sql --enable-templating NONE -f setup.sql
--   snowsql -f setup.sql -o exit_on_error=true -o variable_substitution=false
-- Keep the extra options. Without them, these tools read & and <% in the names below as variables.
-- You can run it again at any time. It skips what exists, and drops nothing.
-- It replaces one thing: the first public key (RSA_PUBLIC_KEY) of the user "sERVICE $$ user". If that user exists
-- and something else logs in with its key, first choose another user for this connection.

-- 1. Objects: a warehouse, a database, a schema and a stage.
-- A new warehouse has the smallest size and stops after a minute without work. It costs nothing while stopped.
-- Role: SYSADMIN. If a statement is refused because the database or the schema exists, run that statement
-- with the role that owns it. Then run the rest.
USE ROLE SYSADMIN;
CREATE WAREHOUSE IF NOT EXISTS "big & ""blue""" WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;
CREATE DATABASE IF NOT EXISTS "it's a; database -- yes";
CREATE SCHEMA IF NOT EXISTS "it's a; database -- yes"."scHema.1/*";
CREATE STAGE IF NOT EXISTS "it's a; database -- yes"."scHema.1/*"."my stage // <% x %>";

-- 2. Role and user, for Flagsmith only. The user is a service user. It has no password and needs no
-- second factor. It logs in with the key below.
-- Role: USERADMIN. If ALTER USER is refused because the user exists, run that statement with the role that
-- owns the user. Then run the rest.
USE ROLE USERADMIN;
CREATE ROLE IF NOT EXISTS "Löader \ role";
CREATE USER IF NOT EXISTS "sERVICE $$ user" TYPE = SERVICE DEFAULT_ROLE = "Löader \ role" DEFAULT_SECONDARY_ROLES = ();
ALTER USER "sERVICE $$ user" SET TYPE = SERVICE DEFAULT_SECONDARY_ROLES = () RSA_PUBLIC_KEY = 'MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAvGlBNLIwwkzsCAtmIGfmh3JasUQnLyJCHcT/EpW7QimZloQUGmLyZ/h/c9Xxuv3EdAg1KHVwuhE/eDXnDx+roB4/Ptjs123Z8bvPHOfoNBKsvBBR9FN8+x8Mm4gQ/Rt/sAYgWIsAcO6nt6QuRHQ96P5M/KJRo0IhNTDHsrgnuaPWSo4GAmEwpoPZjSzQV6Vnm6OyeZm4UN+90fQy1iANqNBcoVVS85kXPYZjKZVZ4svmbC6qeHIduV0mify0dwQIwVk5Dr4Fiz5VD/RHDhB1TlAzrddU1vcwBmX3KNLwefhvH3RIC2BZJVnR/MkYYjpOX2Fvl95CNfl8BSgfRqtYzg+LLaQQHaY2w1u8lcrwAV+AWWSuoRDUWUCG3Onlp2kmFHzatpOxbvYoDFw295DIB6P8+jUvjXQ4kE/6UeusFLu+1ReZEXTfTJO/ELldncdt/5/EcSQc9DBb58pjGu5Jr4hJQDEnqwvcek1p8eGnn5s97q7PQOf43Ug8u9Ee2CXM/HgDrOaT1tArwIDERtPQq/YTa7+3V2O1rJ6Ip3GrH1Djfkc9nALLWKAe6FAAcJSQrvOFR62N1JJ2U9JChhFcj3izM9bndZ0ObpyGPkeTldWJ+Oi1l+UAF3yPxi2Bf8km3Bvc9OB2a3+3Zqfh6IrN0whWzelqnCJBOaV5Xhkrfh8CAwEAAQ==';

-- 3. Grants. The role may use the warehouse, the database and the schema, create its own tables in the
-- schema, and read and write the stage.
-- Role: SECURITYADMIN. It can grant on every object.
USE ROLE SECURITYADMIN;
GRANT ROLE "Löader \ role" TO USER "sERVICE $$ user";
GRANT USAGE ON WAREHOUSE "big & ""blue""" TO ROLE "Löader \ role";
GRANT USAGE ON DATABASE "it's a; database -- yes" TO ROLE "Löader \ role";
GRANT USAGE, CREATE TABLE ON SCHEMA "it's a; database -- yes"."scHema.1/*" TO ROLE "Löader \ role";
GRANT READ ON STAGE "it's a; database -- yes"."scHema.1/*"."my stage // <% x %>" TO ROLE "Löader \ role";
GRANT WRITE ON STAGE "it's a; database -- yes"."scHema.1/*"."my stage // <% x %>" TO ROLE "Löader \ role";

-- 4. Check. In the first result, RSA_PUBLIC_KEY_FP should be
-- SHA256:nmRoMU1qNdnYZbz2fpg42gDGNl9+UydhEC97n4OTaOU=
-- The second result lists all privileges of the role.
-- Role: SECURITYADMIN.
USE ROLE SECURITYADMIN;
DESC USER "sERVICE $$ user";
SHOW GRANTS TO ROLE "Löader \ role";

-- Optional: let SYSADMIN, and users with that role, read and manage the tables that Flagsmith creates.
-- To use this part, delete the dashes before the statements.
-- Role: SECURITYADMIN.
-- USE ROLE SECURITYADMIN;
-- GRANT ROLE "Löader \ role" TO ROLE SYSADMIN;

-- Optional: limit the warehouse "big & ""blue""" to 10 credits a month. After that, it stops for everyone who
-- uses it.
-- Role: ACCOUNTADMIN. No other role can create a resource monitor.
-- USE ROLE ACCOUNTADMIN;
-- CREATE RESOURCE MONITOR IF NOT EXISTS "my stage // <% x %>_MONITOR" WITH CREDIT_QUOTA = 10 FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 100 PERCENT DO SUSPEND;
-- ALTER WAREHOUSE "big & ""blue""" SET RESOURCE_MONITOR = "my stage // <% x %>_MONITOR";

-- Optional: let the user "sERVICE $$ user" log in only from the addresses of Flagsmith:
-- 192.0.2.7, 198.51.100.0/24
-- You need this part if a network policy of the account blocks them. A user's policy takes precedence.
-- Role: SECURITYADMIN.
-- USE ROLE SECURITYADMIN;
-- CREATE NETWORK POLICY IF NOT EXISTS "my stage // <% x %>_POLICY" ALLOWED_IP_LIST = ('192.0.2.7/32', '198.51.100.0/24');
-- ALTER NETWORK POLICY "my stage // <% x %>_POLICY" SET ALLOWED_IP_LIST = ('192.0.2.7/32', '198.51.100.0/24');
-- ALTER USER "sERVICE $$ user" SET NETWORK_POLICY = "my stage // <% x %>_POLICY";
