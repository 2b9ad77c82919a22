-- +goose Up

-- Texts hold JSON as TEXT and not as a JSON type, so that its bytes and the order of its members stay.
-- Times are nanoseconds since 1970 in UTC: which of two test results is newer is decided on them.
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
    tested_at    INTEGER,          -- null until a test has run
    test_error   TEXT,             -- null after a test that passed, and before any
    diagnosis    TEXT              -- null until a test has run
);

-- What makes it one connection per organisation, however many requests arrive at once.
CREATE UNIQUE INDEX warehouse_connections_organisation ON warehouse_connections (organisation);

-- +goose Down

DROP TABLE warehouse_connections;
