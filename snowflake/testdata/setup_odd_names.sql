-- Flagsmith Analytics
USE ROLE SYSADMIN;
ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE;

-- This script lets Flagsmith load data into this Snowflake account. It creates a warehouse, a database, a schema,
-- a stage, a role and a user if they do not exist. It grants the role only what loading needs.
--
-- Who: a user with the roles SYSADMIN and SECURITYADMIN. ACCOUNTADMIN has both.
-- How: run the whole script, from top to bottom. In Snowsight, open Projects » Workspaces » + Add New » SQL File,
-- paste the script, select all of it and run it. Or save it as setup.sql and run one of these:
--   snow sql --enable-templating NONE -f setup.sql
--   snowsql -f setup.sql -o exit_on_error=true -o variable_substitution=false
-- Keep the extra options. Without them, these tools read parts of the names below as variables or comments.
--
-- You can run it again at any time. It drops nothing, and objects that exist keep their settings.
-- It replaces one thing: the first public key (RSA_PUBLIC_KEY) of the user "sERVICE $$ user". If that user exists,
-- it keeps its type, password and roles, and also gets the role "Löader \ role". If something else logs in with
-- its first key, choose another user for this connection before you run the script.

-- 1. Objects: a warehouse, a database, a schema and a stage.
-- A new warehouse has the smallest size and stops after a minute without work. It costs nothing while stopped.
-- Each block goes on if its object belongs to another role. Any other error stops the script.
-- Role: SYSADMIN.
USE ROLE SYSADMIN;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE WAREHOUSE IF NOT EXISTS "big & ""blue""" WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE = 3041) THEN
      RETURN 'The warehouse "big & ""blue""" exists. It belongs to another role, and SYSADMIN did not change it.';
    END IF;
    RAISE;
END;
$$;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE DATABASE IF NOT EXISTS "it's a; database -- yes";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE = 3041) THEN
      RETURN 'The database "it''s a; database -- yes" exists. It belongs to another role, and SYSADMIN did not change it.';
    END IF;
    RAISE;
END;
$$;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE SCHEMA IF NOT EXISTS "it's a; database -- yes"."scHema.1/*";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE IN (2003, 2043, 3001, 3041)) THEN
      RETURN 'SYSADMIN may not create the schema "it''s a; database -- yes"."scHema.1/*". If it exists, the grants below work.';
    END IF;
    RAISE;
END;
$$;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE STAGE IF NOT EXISTS "it's a; database -- yes"."scHema.1/*"."my stage // <% x %>";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE IN (2003, 2043, 3001, 3041)) THEN
      RETURN 'SYSADMIN may not create the stage "it''s a; database -- yes"."scHema.1/*"."my stage // <% x %>". If it exists, the grants below work.';
    END IF;
    RAISE;
END;
$$;

-- 2. Role and user, for Flagsmith only. A new user is a service user: it has no password and needs no
-- second factor.
-- Role: USERADMIN.
USE ROLE USERADMIN;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE ROLE IF NOT EXISTS "Löader \ role";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE = 3041) THEN
      RETURN 'The role "Löader \\ role" exists. It belongs to another role, and USERADMIN did not change it.';
    END IF;
    RAISE;
END;
$$;
EXECUTE IMMEDIATE '
BEGIN
  CREATE USER IF NOT EXISTS "sERVICE $$ user" TYPE = SERVICE DEFAULT_ROLE = "Löader \\ role" DEFAULT_SECONDARY_ROLES = ();
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE = 3041) THEN
      RETURN ''The user "sERVICE $$ user" exists. It belongs to another role, and USERADMIN did not change it.'';
    END IF;
    RAISE;
END;
';

-- 3. Grants. The role may use the warehouse, the database and the schema, create its own tables in the
-- schema, and read and write the stage.
-- Role: SECURITYADMIN. It can grant on every object.
USE ROLE SECURITYADMIN;
GRANT ROLE "Löader \ role" TO USER "sERVICE $$ user";
GRANT USAGE ON WAREHOUSE "big & ""blue""" TO ROLE "Löader \ role";
GRANT USAGE ON DATABASE "it's a; database -- yes" TO ROLE "Löader \ role";
EXECUTE IMMEDIATE $$
DECLARE
  refused EXCEPTION (-20001, 'SYSADMIN may not create the schema "it''s a; database -- yes"."scHema.1/*", because the database "it''s a; database -- yes" belongs to another role. Run this as SECURITYADMIN: GRANT USAGE, CREATE SCHEMA ON DATABASE "it''s a; database -- yes" TO ROLE SYSADMIN; Then run all of this again.');
BEGIN
  GRANT USAGE, CREATE TABLE ON SCHEMA "it's a; database -- yes"."scHema.1/*" TO ROLE "Löader \ role";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE IN (2003, 2043)) THEN
      RAISE refused;
    END IF;
    RAISE;
END;
$$;
EXECUTE IMMEDIATE $$
DECLARE
  refused EXCEPTION (-20001, 'SYSADMIN may not create the stage "it''s a; database -- yes"."scHema.1/*"."my stage // <% x %>", because the schema "it''s a; database -- yes"."scHema.1/*" belongs to another role. Run this as SECURITYADMIN: GRANT USAGE ON DATABASE "it''s a; database -- yes" TO ROLE SYSADMIN; GRANT USAGE, CREATE STAGE ON SCHEMA "it''s a; database -- yes"."scHema.1/*" TO ROLE SYSADMIN; Then run all of this again.');
BEGIN
  GRANT READ ON STAGE "it's a; database -- yes"."scHema.1/*"."my stage // <% x %>" TO ROLE "Löader \ role";
  GRANT WRITE ON STAGE "it's a; database -- yes"."scHema.1/*"."my stage // <% x %>" TO ROLE "Löader \ role";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE IN (2003, 2043)) THEN
      RAISE refused;
    END IF;
    RAISE;
END;
$$;

-- 4. Key. The user logs in with this public key.
-- Role: SECURITYADMIN, or the role that owns the user.
USE ROLE SECURITYADMIN;
EXECUTE IMMEDIATE '
DECLARE
  refused EXCEPTION (-20001, ''SECURITYADMIN may not change the user "sERVICE $$ user", which belongs to another role. Run this ALTER USER statement with the role that owns the user. SHOW USERS names it.'');
BEGIN
  ALTER USER "sERVICE $$ user" SET RSA_PUBLIC_KEY = ''MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAvGlBNLIwwkzsCAtmIGfmh3JasUQnLyJCHcT/EpW7QimZloQUGmLyZ/h/c9Xxuv3EdAg1KHVwuhE/eDXnDx+roB4/Ptjs123Z8bvPHOfoNBKsvBBR9FN8+x8Mm4gQ/Rt/sAYgWIsAcO6nt6QuRHQ96P5M/KJRo0IhNTDHsrgnuaPWSo4GAmEwpoPZjSzQV6Vnm6OyeZm4UN+90fQy1iANqNBcoVVS85kXPYZjKZVZ4svmbC6qeHIduV0mify0dwQIwVk5Dr4Fiz5VD/RHDhB1TlAzrddU1vcwBmX3KNLwefhvH3RIC2BZJVnR/MkYYjpOX2Fvl95CNfl8BSgfRqtYzg+LLaQQHaY2w1u8lcrwAV+AWWSuoRDUWUCG3Onlp2kmFHzatpOxbvYoDFw295DIB6P8+jUvjXQ4kE/6UeusFLu+1ReZEXTfTJO/ELldncdt/5/EcSQc9DBb58pjGu5Jr4hJQDEnqwvcek1p8eGnn5s97q7PQOf43Ug8u9Ee2CXM/HgDrOaT1tArwIDERtPQq/YTa7+3V2O1rJ6Ip3GrH1Djfkc9nALLWKAe6FAAcJSQrvOFR62N1JJ2U9JChhFcj3izM9bndZ0ObpyGPkeTldWJ+Oi1l+UAF3yPxi2Bf8km3Bvc9OB2a3+3Zqfh6IrN0whWzelqnCJBOaV5Xhkrfh8CAwEAAQ=='';
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE IN (2003, 3001)) THEN
      RAISE refused;
    END IF;
    RAISE;
END;
';

-- 5. Check. In the first result, RSA_PUBLIC_KEY_FP should be
-- SHA256:nmRoMU1qNdnYZbz2fpg42gDGNl9+UydhEC97n4OTaOU=
-- The second result lists all privileges of the role.
-- Role: SECURITYADMIN.
USE ROLE SECURITYADMIN;
DESC USER "sERVICE $$ user";
SHOW GRANTS TO ROLE "Löader \ role";

-- Optional: let SYSADMIN, and users with that role, read and manage the tables that Flagsmith creates.
-- Without this part, only the role "Löader \ role" can read them. Analysts, and even ACCOUNTADMIN, cannot, until
-- SECURITYADMIN grants them access to each table.
-- To use this part, delete the dashes before the statements.
-- Role: SECURITYADMIN.
-- USE ROLE SECURITYADMIN;
-- GRANT ROLE "Löader \ role" TO ROLE SYSADMIN;

-- Optional: limit the warehouse "big & ""blue""" to 10 credits a month. After that, it stops for everyone who
-- uses it. This replaces the resource monitor of the warehouse, if it has one.
-- Role: ACCOUNTADMIN. No other role can create a resource monitor.
-- USE ROLE ACCOUNTADMIN;
-- CREATE RESOURCE MONITOR IF NOT EXISTS "my stage // <% x %>_MONITOR" WITH CREDIT_QUOTA = 10 FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 100 PERCENT DO SUSPEND;
-- ALTER WAREHOUSE "big & ""blue""" SET RESOURCE_MONITOR = "my stage // <% x %>_MONITOR";

-- Optional: let the user "sERVICE $$ user" log in only from the addresses of Flagsmith:
-- 192.0.2.7, 198.51.100.0/24
-- You need this part if a network policy of the account blocks them. A user's policy takes precedence.
-- This replaces the network policy of the user, if it has one.
-- Role: SECURITYADMIN.
-- USE ROLE SECURITYADMIN;
-- CREATE NETWORK POLICY IF NOT EXISTS "my stage // <% x %>_POLICY" ALLOWED_IP_LIST = ('192.0.2.7/32', '198.51.100.0/24');
-- ALTER NETWORK POLICY "my stage // <% x %>_POLICY" SET ALLOWED_IP_LIST = ('192.0.2.7/32', '198.51.100.0/24');
-- ALTER USER "sERVICE $$ user" SET NETWORK_POLICY = "my stage // <% x %>_POLICY";
