-- Keys of the vault, by the ids that they have in the key file: when each was made. Never a key.
CREATE TABLE vault_keys (
    id       INTEGER PRIMARY KEY,
    made_at  INTEGER NOT NULL
) STRICT;

-- The ids that the running proxy knows, as JSON, the newest last. Empty while a proxy is starting, so
-- that nobody takes the word of one that has stopped.
CREATE TABLE vault_ring (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    known  TEXT NOT NULL
) STRICT;
