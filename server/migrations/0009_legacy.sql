-- Connections that were made under OAuth 1.0a and loaded by an operator or a portal. content: SHA-256 of all
-- that was loaded, so that the same line twice changes nothing. token_sealed and secret_sealed: the credentials
-- under OAuth 1.0a, sealed under generation, until the connection has moved or was switched off; credentials:
-- their SHA-256. next_at: when the proxy tries to move it by itself; NULL: never. sending_at: a request is under
-- way. failure: a word of ours. moved_by: visitor or patchbay.
CREATE TABLE legacy (
    connection     INTEGER PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    company_id     TEXT NOT NULL,
    deadline       INTEGER,
    content        BLOB NOT NULL,
    loaded_at      INTEGER NOT NULL,
    token_sealed   BLOB,
    secret_sealed  BLOB,
    credentials    BLOB,
    generation     INTEGER NOT NULL DEFAULT 0,
    tries          INTEGER NOT NULL DEFAULT 0,
    next_at        INTEGER,
    sending_at     INTEGER,
    failure        TEXT,
    moved_at       INTEGER,
    moved_by       TEXT
) STRICT;

CREATE INDEX legacy_company ON legacy (company_id) WHERE moved_at IS NULL;
CREATE INDEX legacy_due ON legacy (next_at) WHERE moved_at IS NULL AND next_at IS NOT NULL;
