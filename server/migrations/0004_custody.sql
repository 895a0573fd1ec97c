-- Who may refresh a connection at the moment. owner: a random id of a process's life, NULL when nobody
-- holds it. fence grows with every holder and never goes back, so the row outlives its holders.
-- until: milliseconds since 1970 by the database's own clock.
CREATE TABLE leases (
    connection  INTEGER PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    owner       BLOB,
    fence       INTEGER NOT NULL,
    until       INTEGER NOT NULL
) STRICT;

-- What the tokens of a live connection need besides being used. refreshed_at: when the provider gave
-- them. keep_alive_at: when they are to be refreshed although nobody asks; NULL when that would win
-- nothing. look_at: when something is to be said about their end. told: the days before it that were
-- said last.
CREATE TABLE token_care (
    connection     INTEGER PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
    refreshed_at   INTEGER NOT NULL,
    keep_alive_at  INTEGER,
    look_at        INTEGER,
    told           INTEGER
) STRICT;

CREATE INDEX token_care_keep_alive ON token_care (keep_alive_at) WHERE keep_alive_at IS NOT NULL;
CREATE INDEX token_care_refreshed ON token_care (refreshed_at);
CREATE INDEX token_care_look ON token_care (look_at) WHERE look_at IS NOT NULL;

-- Connections that are there already: 101 days is what Intuit says of an unused token.
INSERT INTO token_care (connection, refreshed_at, keep_alive_at, look_at)
    SELECT id, refresh_expires_at - 8726400000, refresh_expires_at - 2908800000, refresh_expires_at - 2908800000
    FROM connections WHERE live = 1 AND refresh_expires_at IS NOT NULL;
