-- +goose Up

-- JSON is stored as TEXT, not as a JSON type, which would change its bytes and the order of its members.
-- Times are nanoseconds since 1970 in UTC. Of two test results the newer one is kept, so precision matters.
CREATE TABLE warehouse_connections (
    id           TEXT    NOT NULL PRIMARY KEY,
    organisation TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    config       TEXT    NOT NULL,
    host_config  TEXT    NOT NULL,
    public_key   TEXT    NOT NULL,
    setup_script TEXT    NOT NULL,
    sealed       BLOB    NOT NULL,
    revision     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    tested_at    INTEGER,          -- null before the first test
    test_error   TEXT,             -- null before the first test and after a test that passed
    diagnosis    TEXT              -- null before the first test
);

-- Enforces one connection per organisation, for any number of simultaneous requests.
CREATE UNIQUE INDEX warehouse_connections_organisation ON warehouse_connections (organisation);

-- +goose Down

-- Fails if there is a row: its secrets exist nowhere else. The error of UPDATE names the check; that of ADD COLUMN,
-- for a check that existing rows violate, does not.
ALTER TABLE warehouse_connections ADD COLUMN connections_must_be_deleted_first INTEGER
    CHECK (connections_must_be_deleted_first IS NULL);
UPDATE warehouse_connections SET connections_must_be_deleted_first = 1;
DROP TABLE warehouse_connections;
