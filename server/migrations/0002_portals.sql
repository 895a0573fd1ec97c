-- When a key was last used, to within a minute; NULL until its first use.
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;

-- The key that handed a link out: revoking it takes back what nobody has used yet.
ALTER TABLE links ADD COLUMN api_key INTEGER REFERENCES api_keys (id) ON DELETE CASCADE;

-- Good for one hello within five minutes. permissions as in links.
CREATE TABLE session_tokens (
    hash         BLOB PRIMARY KEY,
    visitor      INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    api_key      INTEGER REFERENCES api_keys (id) ON DELETE CASCADE,
    permissions  INTEGER NOT NULL,
    locale       TEXT NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER
) STRICT;

-- Who changed what. Names as they were then: it outlives the portals and tenants that it tells of,
-- so nothing here refers to another table. tenant is the portal's own id.
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    portal   TEXT NOT NULL,
    tenant   TEXT,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    object   TEXT NOT NULL,
    request  TEXT
) STRICT;

CREATE INDEX audit_at ON audit (at);

-- Removing a portal, or sweeping sessions, follows these references row by row.
CREATE INDEX sessions_visitor ON sessions (visitor);
CREATE INDEX links_visitor ON links (visitor);
CREATE INDEX session_tokens_visitor ON session_tokens (visitor);
CREATE INDEX attempts_session ON attempts (session);
CREATE INDEX drafts_visitor ON drafts (visitor);
