-- +goose Up

-- JSON is stored as TEXT, not JSONB, which would change its bytes and the order of its members.
-- Times are nanoseconds since 1970 in UTC. Of two test results the newer one is kept, so precision matters.
-- Indexed columns have the collation "C". With any other, an upgrade of the operating system's collations
-- could corrupt the unique index and let duplicates in.
CREATE TABLE warehouse_connections (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    type         TEXT   NOT NULL,
    config       TEXT   NOT NULL,
    host_config  TEXT   NOT NULL,
    public_key   TEXT   NOT NULL,
    setup_script TEXT   NOT NULL,
    sealed       BYTEA  NOT NULL,
    revision     BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    tested_at    BIGINT,           -- null before the first test
    test_error   TEXT,             -- null before the first test and after a test that passed
    diagnosis    TEXT              -- null before the first test
);

-- Enforces one connection per organisation, for any number of simultaneous requests.
CREATE UNIQUE INDEX warehouse_connections_organisation ON warehouse_connections (organisation);

-- +goose Down

-- Fails if there is a row: its secrets exist nowhere else.
ALTER TABLE warehouse_connections ADD CONSTRAINT connections_must_be_deleted_first CHECK (FALSE);
DROP TABLE warehouse_connections;
