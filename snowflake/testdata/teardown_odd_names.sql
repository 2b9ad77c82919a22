-- Flagsmith Analytics: teardown
USE ROLE SECURITYADMIN;

-- This script ends the access of Flagsmith to this Snowflake account: it drops the user and the role that
-- the setup script made. It keeps your data: the stage, the schema, the database and the warehouse stay
-- unless you delete the dashes before the statements at the end.
--
-- Who: a user with the roles SYSADMIN and SECURITYADMIN. ACCOUNTADMIN has both.
-- How: run all of it, from top to bottom. In Snowsight, paste it into a worksheet and choose "Run All".
-- Or save it as teardown.sql and run one of these:
--   snow sql --enable-templating NONE -f teardown.sql
--   snowsql -f teardown.sql -o exit_on_error=true -o variable_substitution=false
-- The extra options are needed: a name below holds & or <%, which these tools would read as a variable.
-- It can be run again at any time: it skips what is gone.

-- 1. The user and the role. What the role was granted goes with it. If other users have the role
-- "Löader \ role", or something else logs in as "sERVICE $$ user", delete its line.
-- The tables that Flagsmith created stay: they go to the role that drops their owner, here SECURITYADMIN.
-- Role: SECURITYADMIN. If a statement is refused, run it with the role that owns the user or the role.
USE ROLE SECURITYADMIN;
DROP USER IF EXISTS "sERVICE $$ user";
DROP ROLE IF EXISTS "Löader \ role";

-- Optional: what holds data. Each line deletes all that is in it, tables and files of others included.
-- Role: SYSADMIN, or the role that owns it.
-- USE ROLE SYSADMIN;
-- DROP STAGE IF EXISTS "it's a; database -- yes"."scHema.1/*"."my stage // <% x %>";
-- DROP SCHEMA IF EXISTS "it's a; database -- yes"."scHema.1/*";
-- DROP DATABASE IF EXISTS "it's a; database -- yes";

-- Optional: the warehouse. It holds no data, but others may be using it.
-- Role: SYSADMIN, or the role that owns it.
-- USE ROLE SYSADMIN;
-- DROP WAREHOUSE IF EXISTS "big & ""blue""";

-- Optional: the resource monitor, if you used that part of the setup script.
-- Role: ACCOUNTADMIN.
-- USE ROLE ACCOUNTADMIN;
-- DROP RESOURCE MONITOR IF EXISTS "my stage // <% x %>_MONITOR";

-- Optional: the network policy, if you used that part of the setup script.
-- Role: SECURITYADMIN.
-- USE ROLE SECURITYADMIN;
-- DROP NETWORK POLICY IF EXISTS "my stage // <% x %>_POLICY";
