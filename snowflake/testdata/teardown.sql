-- Flagsmith Analytics: teardown
USE ROLE SECURITYADMIN;

-- This script ends the access of Flagsmith to this Snowflake account. It drops the user and the role that
-- the setup script created. It keeps your data. To drop the stage, the schema, the database or the
-- warehouse too, delete the dashes before the statements at the end.
--
-- Who: a user with the roles SYSADMIN and SECURITYADMIN. ACCOUNTADMIN has both.
-- How: run the whole script, from top to bottom. In Snowsight, open Projects » Workspaces » + Add New » SQL File,
-- paste the script, select all of it and run it. Or save it as teardown.sql and run one of these:
--   snow sql -f teardown.sql
--   snowsql -f teardown.sql -o exit_on_error=true
-- You can run it again at any time. It skips what does not exist.

-- 1. User and role. If other users have the role FLAGSMITH_LOADER, delete the line that drops it.
-- If something else logs in as FLAGSMITH_SERVICE, delete the line that drops it.
-- The tables that Flagsmith created stay. Their new owner is the role that drops the old one, SECURITYADMIN.
-- Role: SECURITYADMIN. If a statement is refused, run it with the role that owns the user or the role.
USE ROLE SECURITYADMIN;
DROP USER IF EXISTS "FLAGSMITH_SERVICE";
DROP ROLE IF EXISTS "FLAGSMITH_LOADER";

-- Optional: data. Each statement deletes everything in the object, including tables and files of others.
-- Role: SYSADMIN, or the role that owns it.
-- USE ROLE SYSADMIN;
-- DROP STAGE IF EXISTS "FLAGSMITH"."ANALYTICS"."FLAGSMITH_STAGE";
-- DROP SCHEMA IF EXISTS "FLAGSMITH"."ANALYTICS";
-- DROP DATABASE IF EXISTS "FLAGSMITH";

-- Optional: the warehouse. It contains no data, but others may be using it.
-- Role: SYSADMIN, or the role that owns it.
-- USE ROLE SYSADMIN;
-- DROP WAREHOUSE IF EXISTS "COMPUTE_WH";

-- Optional: the resource monitor, if you used that part of the setup script.
-- Role: ACCOUNTADMIN.
-- USE ROLE ACCOUNTADMIN;
-- DROP RESOURCE MONITOR IF EXISTS "FLAGSMITH_MONITOR";
