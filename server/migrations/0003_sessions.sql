-- kind: cookie or embedded. ends_at: when it is over whatever happens, unless it is renewed before.
-- hash: of the cookie, or of the newest resume secret. previous: of the resume secret before that, which
-- stays good until the newer one is known to have arrived. turns: how often the secret was exchanged.
ALTER TABLE sessions ADD COLUMN kind TEXT NOT NULL DEFAULT 'cookie';
ALTER TABLE sessions ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN previous BLOB;
ALTER TABLE sessions ADD COLUMN turns INTEGER NOT NULL DEFAULT 0;

UPDATE sessions SET ends_at = created_at + 86400000;

CREATE UNIQUE INDEX sessions_previous ON sessions (previous) WHERE previous IS NOT NULL;

-- Resume secrets that were good once. Whoever presents one of them has stolen it, or was stolen from.
CREATE TABLE spent_secrets (
    hash     BLOB PRIMARY KEY,
    session  INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX spent_secrets_session ON spent_secrets (session);
