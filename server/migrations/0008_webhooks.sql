-- Events of a portal are numbered without gaps. events counts them; up to events_swept they are forgotten.
ALTER TABLE portals ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
ALTER TABLE portals ADD COLUMN events_swept INTEGER NOT NULL DEFAULT 0;

-- What portals are told of. seq: of the notification that it was written with. kind: a word of
-- events::Kind. body: the JSON that is sent and signed, byte for byte.
CREATE TABLE events (
    seq     INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    portal  TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    tenant  INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    kind    TEXT NOT NULL,
    body    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    UNIQUE (portal, number)
) STRICT;

CREATE INDEX events_tenant ON events (tenant);
CREATE INDEX events_at ON events (at);

-- Where a portal's events are sent. kinds: those that are wanted, with blanks between; NULL for all.
-- disabled_why: operator, gone or failing. failing_since: since when nothing arrived any more.
CREATE TABLE webhooks (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    name           TEXT NOT NULL UNIQUE,
    portal         TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    url            TEXT NOT NULL,
    kinds          TEXT,
    created_at     INTEGER NOT NULL,
    disabled_at    INTEGER,
    disabled_why   TEXT,
    failing_since  INTEGER,
    delivered_at   INTEGER,
    last_fault     TEXT,
    UNIQUE (portal, url)
) STRICT;

-- Each signs while it is good: the newest has no end, the one before it has.
CREATE TABLE webhook_secrets (
    id             INTEGER PRIMARY KEY,
    webhook        INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    secret_sealed  BLOB NOT NULL,
    created_at     INTEGER NOT NULL,
    ends_at        INTEGER
) STRICT;

CREATE INDEX webhook_secrets_webhook ON webhook_secrets (webhook);

-- next_at: when it is tried next; NULL once it is over. outcome: delivered, gone or given_up.
CREATE TABLE webhook_deliveries (
    webhook   INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event     INTEGER NOT NULL REFERENCES events (seq) ON DELETE CASCADE,
    tries     INTEGER NOT NULL DEFAULT 0,
    next_at   INTEGER,
    ended_at  INTEGER,
    outcome   TEXT,
    PRIMARY KEY (webhook, event)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_deliveries_event ON webhook_deliveries (event);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, next_at, event) WHERE next_at IS NOT NULL;
