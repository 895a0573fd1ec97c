-- Times are milliseconds since 1970-01-01T00:00:00Z. Hashes are SHA-256 of random secrets.
-- Columns named *_sealed hold what the vault sealed, never anything in the clear.

-- One sealed word, so that a wrong key file is noticed at the start and not at the first refresh.
CREATE TABLE seal_check (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    sealed  BLOB NOT NULL
) STRICT;

CREATE TABLE portals (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    return_url  TEXT,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE portal_origins (
    portal  TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    origin  TEXT NOT NULL,
    PRIMARY KEY (portal, origin)
) STRICT;

CREATE TABLE api_keys (
    id          INTEGER PRIMARY KEY,
    portal      TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    hash        BLOB NOT NULL UNIQUE,
    prefix      TEXT NOT NULL,
    scopes      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER
) STRICT;

CREATE TABLE tenants (
    id           INTEGER PRIMARY KEY,
    portal       TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    external_id  TEXT NOT NULL,
    name         TEXT NOT NULL,
    UNIQUE (portal, external_id)
) STRICT;

CREATE TABLE visitors (
    id           INTEGER PRIMARY KEY,
    tenant       INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    external_id  TEXT NOT NULL,
    name         TEXT NOT NULL,
    email        TEXT,
    read_upto    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant, external_id)
) STRICT;

-- Notifications read one by one above visitors.read_upto.
CREATE TABLE visitor_reads (
    visitor  INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (visitor, seq)
) STRICT, WITHOUT ROWID;

-- permissions: bits 1 view, 2 configure, 4 connect, 8 import.
CREATE TABLE links (
    hash         BLOB PRIMARY KEY,
    visitor      INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    permissions  INTEGER NOT NULL,
    locale       TEXT NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER
) STRICT;

CREATE TABLE sessions (
    id           INTEGER PRIMARY KEY,
    hash         BLOB NOT NULL UNIQUE,
    visitor      INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    permissions  INTEGER NOT NULL,
    locale       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    ended_at     INTEGER
) STRICT;

-- An intent's answer, remembered for ten minutes in the transaction of its effect.
CREATE TABLE intents (
    session     INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    request_id  TEXT NOT NULL,
    answer      BLOB NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (session, request_id)
) STRICT, WITHOUT ROWID;

-- A client registration at a provider: integration + environment + client. tenant stays NULL until
-- tenants may bring keys of their own.
CREATE TABLE registrations (
    id           TEXT PRIMARY KEY,
    integration  TEXT NOT NULL,
    environment  TEXT NOT NULL,
    client_id    TEXT NOT NULL,
    tenant       INTEGER REFERENCES tenants (id) ON DELETE CASCADE
) STRICT;

-- state: a word of connections::machine, detail: what it holds besides, as JSON. live = 1 while tokens
-- are kept for use.
-- generation grows with every change of tokens; an older holder's write is refused.
CREATE TABLE connections (
    id                  INTEGER PRIMARY KEY,
    tenant              INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    integration         TEXT NOT NULL,
    registration        TEXT REFERENCES registrations (id),
    state               TEXT NOT NULL,
    detail              TEXT,
    live                INTEGER NOT NULL DEFAULT 0,
    revision            INTEGER NOT NULL DEFAULT 1,
    company_id          TEXT,
    company             TEXT,
    connected_by        TEXT,
    connected_at        INTEGER,
    last_failure        TEXT,
    generation          INTEGER NOT NULL DEFAULT 0,
    access_sealed       BLOB,
    refresh_sealed      BLOB,
    access_expires_at   INTEGER,
    refresh_expires_at  INTEGER,
    hard_expires_at     INTEGER,
    UNIQUE (tenant, integration)
) STRICT;

-- The company guard: one live connection per company and client registration, over all portals.
CREATE UNIQUE INDEX connections_live_company ON connections (registration, company_id) WHERE live = 1;

CREATE TABLE tickets (
    hash         BLOB PRIMARY KEY,
    session      INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    integration  TEXT NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;

-- A run of the OAuth flow. Taken by the callback in one statement. outcome says what came of it: a
-- word of ours, never the provider's.
CREATE TABLE attempts (
    id               INTEGER PRIMARY KEY,
    state_hash       BLOB NOT NULL UNIQUE,
    cookie_hash      BLOB NOT NULL,
    connection       INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    session          INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    registration     TEXT NOT NULL REFERENCES registrations (id),
    redirect_uri     TEXT NOT NULL,
    verifier_sealed  BLOB,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    taken_at         INTEGER,
    ended_at         INTEGER,
    outcome          TEXT
) STRICT;

CREATE INDEX attempts_connection ON attempts (connection);
CREATE INDEX attempts_open ON attempts (expires_at) WHERE ended_at IS NULL;

-- Another company than before was chosen: its tokens wait, sealed, for a decision.
CREATE TABLE decisions (
    connection          INTEGER PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    visitor             INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    registration        TEXT NOT NULL REFERENCES registrations (id),
    company_id          TEXT NOT NULL,
    company             TEXT NOT NULL,
    access_sealed       BLOB NOT NULL,
    refresh_sealed      BLOB NOT NULL,
    access_expires_at   INTEGER NOT NULL,
    refresh_expires_at  INTEGER,
    hard_expires_at     INTEGER,
    expires_at          INTEGER NOT NULL
) STRICT;

-- Written before a refresh token is sent, so that a crash in between is seen on the next start.
CREATE TABLE refresh_journal (
    id          INTEGER PRIMARY KEY,
    connection  INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    generation  INTEGER NOT NULL,
    token_hash  BLOB NOT NULL,
    begun_at    INTEGER NOT NULL,
    ended_at    INTEGER,
    outcome     TEXT
) STRICT;

CREATE INDEX refresh_journal_open ON refresh_journal (connection) WHERE ended_at IS NULL;

-- Revocations are retried until the provider has answered, or until they must not be sent.
CREATE TABLE revocations (
    id            INTEGER PRIMARY KEY,
    connection    INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    registration  TEXT NOT NULL REFERENCES registrations (id),
    company_id    TEXT NOT NULL,
    token_sealed  BLOB,
    generation    INTEGER NOT NULL,
    tries         INTEGER NOT NULL DEFAULT 0,
    next_at       INTEGER NOT NULL,
    ended_at      INTEGER,
    outcome       TEXT
) STRICT;

CREATE INDEX revocations_open ON revocations (next_at) WHERE ended_at IS NULL;

-- A run of an import. At most one runs per connection.
CREATE TABLE imports (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    connection   INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id   TEXT NOT NULL,
    state        TEXT NOT NULL,
    revision     INTEGER NOT NULL DEFAULT 1,
    generation   INTEGER NOT NULL DEFAULT 0,
    waiting      TEXT,
    waiting_at   INTEGER,
    seconds_left INTEGER,
    started_by   TEXT,
    started_at   INTEGER NOT NULL,
    finished_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX imports_running ON imports (connection) WHERE state = 'running';
CREATE INDEX imports_connection ON imports (connection, id);

-- Checkpoint of one list: position is the STARTPOSITION of the next page.
CREATE TABLE import_lists (
    import      INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    list        TEXT NOT NULL,
    place       INTEGER NOT NULL,
    state       TEXT NOT NULL,
    total       INTEGER,
    done        INTEGER NOT NULL DEFAULT 0,
    position    INTEGER NOT NULL DEFAULT 1,
    added       INTEGER NOT NULL DEFAULT 0,
    changed     INTEGER NOT NULL DEFAULT 0,
    unchanged   INTEGER NOT NULL DEFAULT 0,
    vanished    INTEGER NOT NULL DEFAULT 0,
    unreadable  INTEGER NOT NULL DEFAULT 0,
    fault       TEXT,
    begun_at    INTEGER,
    ended_at    INTEGER,
    PRIMARY KEY (import, list)
) STRICT, WITHOUT ROWID;

-- Everything imported belongs to a company, so that another company's records and mappings can
-- wait in the archive without touching these.
CREATE TABLE list_ages (
    connection  INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id  TEXT NOT NULL,
    list        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    records     INTEGER NOT NULL,
    PRIMARY KEY (connection, company_id, list)
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
    connection   INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id   TEXT NOT NULL,
    list         TEXT NOT NULL,
    provider_id  TEXT NOT NULL,
    name         TEXT NOT NULL,
    number       TEXT,
    kind         TEXT,
    detail       TEXT,
    email        TEXT,
    rate         INTEGER,
    matching     TEXT NOT NULL,
    search       TEXT NOT NULL,
    sync_token   TEXT,
    active       INTEGER NOT NULL,
    seen_import  INTEGER NOT NULL,
    vanished_at  INTEGER,
    PRIMARY KEY (connection, company_id, list, provider_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX records_by_name ON records (connection, company_id, list, name COLLATE NOCASE);
CREATE INDEX records_by_matching ON records (connection, company_id, list, matching);
CREATE INDEX records_by_email ON records (connection, company_id, list, email) WHERE email IS NOT NULL;
CREATE INDEX records_by_number ON records (connection, company_id, list, number COLLATE NOCASE) WHERE number IS NOT NULL;
CREATE INDEX records_by_rate ON records (connection, company_id, list, rate) WHERE rate IS NOT NULL;

-- The objects as they came, JSON. Apart from records, so that reading a window does not wade through them.
CREATE TABLE record_bodies (
    connection   INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id   TEXT NOT NULL,
    list         TEXT NOT NULL,
    provider_id  TEXT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (connection, company_id, list, provider_id)
) STRICT;

-- The portal's own records: kind is customers, suppliers or taxes. rate is in basis points.
CREATE TABLE portal_records (
    tenant       INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    external_id  TEXT NOT NULL,
    code         TEXT,
    name         TEXT NOT NULL,
    email        TEXT,
    phone        TEXT,
    tax_number   TEXT,
    rate         INTEGER,
    matching     TEXT NOT NULL,
    search       TEXT NOT NULL,
    changed_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, external_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX portal_records_by_name ON portal_records (tenant, kind, name COLLATE NOCASE);

-- Every saved version, whole: body is the values as JSON, changes what that save changed.
CREATE TABLE configurations (
    connection  INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id  TEXT NOT NULL,
    version     INTEGER NOT NULL,
    body        TEXT NOT NULL,
    changes     TEXT NOT NULL,
    saved_by    TEXT NOT NULL,
    saved_at    INTEGER NOT NULL,
    PRIMARY KEY (connection, company_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
    connection  INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id  TEXT NOT NULL,
    visitor     INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    body        TEXT NOT NULL,
    kept_at     INTEGER NOT NULL,
    PRIMARY KEY (connection, company_id, visitor)
) STRICT, WITHOUT ROWID;

-- state: suggested, needs_review, confirmed, create_new, ignored, conflict, broken, unmatched.
-- by_hand = 1: decided by a person, never overwritten by matching.
CREATE TABLE mappings (
    connection   INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id   TEXT NOT NULL,
    kind         TEXT NOT NULL,
    source       TEXT NOT NULL,
    target       TEXT,
    state        TEXT NOT NULL,
    score        INTEGER NOT NULL DEFAULT 0,
    reasons      TEXT NOT NULL DEFAULT '',
    by_hand      INTEGER NOT NULL DEFAULT 0,
    decided_by   TEXT,
    decided_at   INTEGER,
    PRIMARY KEY (connection, company_id, kind, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX mappings_by_state ON mappings (connection, company_id, kind, state, score);
CREATE INDEX mappings_by_target ON mappings (connection, company_id, kind, target) WHERE target IS NOT NULL;

-- The tenant's log of events: the tray and Activity read it. Ids grow, with gaps.
CREATE TABLE notifications (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant       INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    integration  TEXT NOT NULL,
    event        TEXT NOT NULL,
    by_whom      TEXT,
    at           INTEGER NOT NULL
) STRICT;

CREATE INDEX notifications_tenant ON notifications (tenant, seq);
