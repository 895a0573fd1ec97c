-- What people no longer see of, and what is still on the disk: it is erased a bit at a time, so that
-- others' writes come in between, and goes on after a crash.
CREATE TABLE erasures (
    -- Its records, their bodies and its mappings, of every company, are to go.
    connection  INTEGER PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE
) STRICT;

-- An organisation that was erased has another external id, which nobody knows; this is the one it had.
ALTER TABLE tenants ADD COLUMN erased_as TEXT;
-- Its lines of the audit log go up to this one: its id may be somebody else's from then on.
ALTER TABLE tenants ADD COLUMN erased_upto INTEGER;

CREATE INDEX tenants_erased ON tenants (id) WHERE erased_as IS NOT NULL;
