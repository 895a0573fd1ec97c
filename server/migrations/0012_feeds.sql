-- The order in which records changed, for those who read them as a feed: change grows with every
-- transaction that adds, changes or misses records of a list, and all that it touched have one number.
ALTER TABLE records ADD COLUMN change INTEGER NOT NULL DEFAULT 1;

CREATE INDEX records_by_change ON records (connection, company_id, list, change, provider_id);

-- The newest number of each list. epoch is another one after everything was erased, so that a cursor
-- of before is told apart from one of now.
CREATE TABLE record_feeds (
    connection  INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id  TEXT NOT NULL,
    list        TEXT NOT NULL,
    epoch       TEXT NOT NULL,
    newest      INTEGER NOT NULL,
    PRIMARY KEY (connection, company_id, list)
) STRICT, WITHOUT ROWID;

INSERT INTO record_feeds (connection, company_id, list, epoch, newest)
SELECT connection, company_id, list, lower(hex(randomblob(8))), 1 FROM records GROUP BY connection, company_id, list;

-- Uploads of an organisation's own records are numbered; seen is the newest upload that named a record.
ALTER TABLE tenants ADD COLUMN uploads INTEGER NOT NULL DEFAULT 0;
ALTER TABLE portal_records ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
-- The group of a product, or that a group belongs to; days until a payment is due.
ALTER TABLE portal_records ADD COLUMN group_id TEXT;
ALTER TABLE portal_records ADD COLUMN days INTEGER;

-- Decisions about portal records that are gone, as they stood in mappings: they wait for their record.
CREATE TABLE gone_decisions (
    connection   INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id   TEXT NOT NULL,
    kind         TEXT NOT NULL,
    source       TEXT NOT NULL,
    target       TEXT,
    state        TEXT NOT NULL,
    decided_by   TEXT,
    decided_at   INTEGER,
    PRIMARY KEY (connection, company_id, kind, source)
) STRICT, WITHOUT ROWID;
