-- Flagsmith Analytics
USE ROLE SYSADMIN;

-- This script lets Flagsmith load data into this Snowflake account. It creates a warehouse, a database, a schema,
-- a stage, a role and a user if they do not exist. It grants the role only what loading needs.
--
-- Who: a user with the roles SYSADMIN and SECURITYADMIN. ACCOUNTADMIN has both.
-- How: run the whole script, from top to bottom. In Snowsight, open Projects » Workspaces » + Add New » SQL File,
-- paste the script, select all of it and run it. Or save it as setup.sql and run one of these:
--   snow sql -f setup.sql
--   snowsql -f setup.sql -o exit_on_error=true
--
-- You can run it again at any time. It drops nothing, and objects that exist keep their settings.
-- It replaces one thing: the first public key (RSA_PUBLIC_KEY) of the user FLAGSMITH_SERVICE. If that user exists,
-- it keeps its type, password and roles, and also gets the role FLAGSMITH_LOADER. If something else logs in with
-- its first key, choose another user for this connection before you run the script.

-- 1. Objects: a warehouse, a database, a schema and a stage.
-- A new warehouse has the smallest size and stops after a minute without work. It costs nothing while stopped.
-- Each block goes on if its object belongs to another role. Any other error stops the script.
-- Role: SYSADMIN.
USE ROLE SYSADMIN;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE WAREHOUSE IF NOT EXISTS "COMPUTE_WH" WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE;
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE = 3041) THEN
      RETURN 'The warehouse COMPUTE_WH exists. It belongs to another role, and SYSADMIN did not change it.';
    END IF;
    RAISE;
END;
$$;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE DATABASE IF NOT EXISTS "FLAGSMITH";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE = 3041) THEN
      RETURN 'The database FLAGSMITH exists. It belongs to another role, and SYSADMIN did not change it.';
    END IF;
    RAISE;
END;
$$;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE SCHEMA IF NOT EXISTS "FLAGSMITH"."ANALYTICS";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE IN (2003, 2043, 3001, 3041)) THEN
      RETURN 'SYSADMIN may not create the schema FLAGSMITH.ANALYTICS. If it exists, the grants below work.';
    END IF;
    RAISE;
END;
$$;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE STAGE IF NOT EXISTS "FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE IN (2003, 2043, 3001, 3041)) THEN
      RETURN 'SYSADMIN may not create the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE. If it exists, the grants below work.';
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
  CREATE ROLE IF NOT EXISTS "FLAGSMITH_LOADER";
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE = 3041) THEN
      RETURN 'The role FLAGSMITH_LOADER exists. It belongs to another role, and USERADMIN did not change it.';
    END IF;
    RAISE;
END;
$$;
EXECUTE IMMEDIATE $$
BEGIN
  CREATE USER IF NOT EXISTS "FLAGSMITH_SERVICE" TYPE = SERVICE DEFAULT_ROLE = "FLAGSMITH_LOADER" DEFAULT_SECONDARY_ROLES = ();
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE = 3041) THEN
      RETURN 'The user FLAGSMITH_SERVICE exists. It belongs to another role, and USERADMIN did not change it.';
    END IF;
    RAISE;
END;
$$;

-- 3. Grants. The role may use the warehouse, the database and the schema, create its own tables in the
-- schema, and read and write the stage.
-- Role: SECURITYADMIN. It can grant on every object.
USE ROLE SECURITYADMIN;
GRANT ROLE "FLAGSMITH_LOADER" TO USER "FLAGSMITH_SERVICE";
GRANT USAGE ON WAREHOUSE "COMPUTE_WH" TO ROLE "FLAGSMITH_LOADER";
GRANT USAGE ON DATABASE "FLAGSMITH" TO ROLE "FLAGSMITH_LOADER";
EXECUTE IMMEDIATE $$
DECLARE
  refused EXCEPTION (-20001, 'SYSADMIN may not create the schema FLAGSMITH.ANALYTICS, because the database FLAGSMITH belongs to another role. Run this as SECURITYADMIN: GRANT USAGE, CREATE SCHEMA ON DATABASE "FLAGSMITH" TO ROLE SYSADMIN; Then run all of this again.');
BEGIN
  GRANT USAGE, CREATE TABLE ON SCHEMA "FLAGSMITH"."ANALYTICS" TO ROLE "FLAGSMITH_LOADER";
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
  refused EXCEPTION (-20001, 'SYSADMIN may not create the stage FLAGSMITH.ANALYTICS.FLAGSMITH_STAGE, because the schema FLAGSMITH.ANALYTICS belongs to another role. Run this as SECURITYADMIN: GRANT USAGE ON DATABASE "FLAGSMITH" TO ROLE SYSADMIN; GRANT USAGE, CREATE STAGE ON SCHEMA "FLAGSMITH"."ANALYTICS" TO ROLE SYSADMIN; Then run all of this again.');
BEGIN
  GRANT READ ON STAGE "FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE" TO ROLE "FLAGSMITH_LOADER";
  GRANT WRITE ON STAGE "FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE" TO ROLE "FLAGSMITH_LOADER";
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
EXECUTE IMMEDIATE $$
DECLARE
  refused EXCEPTION (-20001, 'SECURITYADMIN may not change the user FLAGSMITH_SERVICE, which belongs to another role. Run this ALTER USER statement with the role that owns the user. SHOW USERS names it.');
BEGIN
  ALTER USER "FLAGSMITH_SERVICE" SET RSA_PUBLIC_KEY = 'MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAvGlBNLIwwkzsCAtmIGfmh3JasUQnLyJCHcT/EpW7QimZloQUGmLyZ/h/c9Xxuv3EdAg1KHVwuhE/eDXnDx+roB4/Ptjs123Z8bvPHOfoNBKsvBBR9FN8+x8Mm4gQ/Rt/sAYgWIsAcO6nt6QuRHQ96P5M/KJRo0IhNTDHsrgnuaPWSo4GAmEwpoPZjSzQV6Vnm6OyeZm4UN+90fQy1iANqNBcoVVS85kXPYZjKZVZ4svmbC6qeHIduV0mify0dwQIwVk5Dr4Fiz5VD/RHDhB1TlAzrddU1vcwBmX3KNLwefhvH3RIC2BZJVnR/MkYYjpOX2Fvl95CNfl8BSgfRqtYzg+LLaQQHaY2w1u8lcrwAV+AWWSuoRDUWUCG3Onlp2kmFHzatpOxbvYoDFw295DIB6P8+jUvjXQ4kE/6UeusFLu+1ReZEXTfTJO/ELldncdt/5/EcSQc9DBb58pjGu5Jr4hJQDEnqwvcek1p8eGnn5s97q7PQOf43Ug8u9Ee2CXM/HgDrOaT1tArwIDERtPQq/YTa7+3V2O1rJ6Ip3GrH1Djfkc9nALLWKAe6FAAcJSQrvOFR62N1JJ2U9JChhFcj3izM9bndZ0ObpyGPkeTldWJ+Oi1l+UAF3yPxi2Bf8km3Bvc9OB2a3+3Zqfh6IrN0whWzelqnCJBOaV5Xhkrfh8CAwEAAQ==';
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (SQLCODE IN (2003, 3001)) THEN
      RAISE refused;
    END IF;
    RAISE;
END;
$$;

-- 5. Check. In the first result, RSA_PUBLIC_KEY_FP should be
-- SHA256:nmRoMU1qNdnYZbz2fpg42gDGNl9+UydhEC97n4OTaOU=
-- The second result lists all privileges of the role.
-- Role: SECURITYADMIN.
USE ROLE SECURITYADMIN;
DESC USER "FLAGSMITH_SERVICE";
SHOW GRANTS TO ROLE "FLAGSMITH_LOADER";

-- Optional: let SYSADMIN, and users with that role, read and manage the tables that Flagsmith creates.
-- Without this part, only the role FLAGSMITH_LOADER can read them. Analysts, and even ACCOUNTADMIN, cannot, until
-- SECURITYADMIN grants them access to each table.
-- To use this part, delete the dashes before the statements.
-- Role: SECURITYADMIN.
-- USE ROLE SECURITYADMIN;
-- GRANT ROLE "FLAGSMITH_LOADER" TO ROLE SYSADMIN;

-- Optional: limit the warehouse COMPUTE_WH to 10 credits a month. After that, it stops for everyone who
-- uses it. This replaces the resource monitor of the warehouse, if it has one.
-- Role: ACCOUNTADMIN. No other role can create a resource monitor.
-- USE ROLE ACCOUNTADMIN;
-- CREATE RESOURCE MONITOR IF NOT EXISTS "FLAGSMITH_MONITOR" WITH CREDIT_QUOTA = 10 FREQUENCY = MONTHLY START_TIMESTAMP = IMMEDIATELY TRIGGERS ON 100 PERCENT DO SUSPEND;
-- ALTER WAREHOUSE "COMPUTE_WH" SET RESOURCE_MONITOR = "FLAGSMITH_MONITOR";
