-- Refreshing lists. `since` is the provider's clock at the start of the last read to the end, in
-- milliseconds: changes are asked for from there. `read_from` is the same of a read that goes on.
ALTER TABLE list_ages ADD COLUMN since INTEGER;
ALTER TABLE import_lists ADD COLUMN read_from INTEGER;

-- What the last run that changed a record did: added, changed, renamed, vanished. Nothing is written
-- when a list is read for the first time, where everything is new.
ALTER TABLE records ADD COLUMN changed_in INTEGER;
ALTER TABLE records ADD COLUMN change_kind TEXT;
ALTER TABLE records ADD COLUMN name_before TEXT;
CREATE INDEX records_by_run ON records
    (connection, company_id, list, changed_in, name COLLATE NOCASE, provider_id, change_kind)
    WHERE changed_in IS NOT NULL;

-- Records that changed since mappings were last looked at, with what they were matched by before; NULL
-- where there was nothing. A run that is cut off leaves them to the next one.
CREATE TABLE touched_records (
    connection   INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id   TEXT NOT NULL,
    list         TEXT NOT NULL,
    provider_id  TEXT NOT NULL,
    matching     TEXT,
    email        TEXT,
    number       TEXT,
    rate         INTEGER,
    tax_key      TEXT
) STRICT;
CREATE INDEX touched_records_list ON touched_records (connection, company_id, list, provider_id);

-- Lists that somebody asked for while a run was at work which does not read them, and who asked: the next
-- run begins when that one ends.
CREATE TABLE wanted_lists (
    connection  INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    list        TEXT NOT NULL,
    began       TEXT NOT NULL,
    by_whom     TEXT,
    PRIMARY KEY (connection, list)
) STRICT, WITHOUT ROWID;

-- Which connections were refreshed this night.
CREATE INDEX imports_nightly ON imports (connection, started_at) WHERE began = 'nightly';
