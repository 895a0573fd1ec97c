-- What provider records are matched by. Apart from the records, because texts in no order scatter every page of an
-- import over the whole file: a list that is read for the first time gets its keys at its end, in their own order.
CREATE TABLE record_keys (
    connection   INTEGER NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    company_id   TEXT NOT NULL,
    list         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    key          TEXT NOT NULL,
    provider_id  TEXT NOT NULL,
    PRIMARY KEY (connection, company_id, list, kind, key, provider_id)
) STRICT, WITHOUT ROWID;

INSERT INTO record_keys
SELECT connection, company_id, list, 'name', matching, provider_id FROM records
ORDER BY connection, company_id, list, matching, provider_id;

INSERT INTO record_keys
SELECT connection, company_id, list, 'email', email, provider_id FROM records WHERE email IS NOT NULL
ORDER BY connection, company_id, list, email, provider_id;

DROP INDEX records_by_matching;
DROP INDEX records_by_email;
-- The first rows of a list by name are found in one walk through it, which its count needs anyway.
DROP INDEX records_by_name;
