-- Notices of providers that were taken, so that each is heeded once. digest: SHA-256 of the registration and
-- of what tells one notice from another.
CREATE TABLE notices (
    digest  BLOB PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notices_at ON notices (at);

-- Lists of which a provider said that something changed, until an import of them is planned.
CREATE TABLE noticed (
    connection  INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id  TEXT NOT NULL,
    list        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (connection, company_id, list)
) STRICT, WITHOUT ROWID;
