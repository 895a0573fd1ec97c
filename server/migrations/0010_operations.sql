-- From where it was done: the address as the proxies that we trust tell it, or who typed the command.
ALTER TABLE audit ADD COLUMN whence TEXT;

-- A tenant reads its own lines, the newest first.
CREATE INDEX audit_tenant ON audit (portal, tenant, id);

-- Refresh tokens of tenants that were erased: they are revoked like others, and their rows go when that
-- is done. Nothing here refers to the tenant; portal, tenant, connection, place and generation are what
-- the token is sealed to.
CREATE TABLE orphaned_tokens (
    id            INTEGER PRIMARY KEY,
    registration  TEXT NOT NULL REFERENCES registrations (id),
    company_id    TEXT NOT NULL,
    portal        TEXT NOT NULL,
    tenant        INTEGER NOT NULL,
    connection    INTEGER NOT NULL,
    place         TEXT NOT NULL,
    generation    INTEGER NOT NULL,
    token_sealed  BLOB NOT NULL,
    tries         INTEGER NOT NULL DEFAULT 0,
    next_at       INTEGER NOT NULL
) STRICT;

-- What is kept for a while is swept by its age.
CREATE INDEX notifications_at ON notifications (at);
CREATE INDEX imports_finished ON imports (finished_at) WHERE finished_at IS NOT NULL;
