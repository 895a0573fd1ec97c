-- What a portal's backend calls a connection: random, so that nobody counts another portal's. It is a
-- name and no secret; a key of the same portal is asked for with it.
ALTER TABLE connections ADD COLUMN public_id TEXT;

UPDATE connections SET public_id = lower(hex(randomblob(16)));

CREATE UNIQUE INDEX connections_public_id ON connections (public_id);

-- Whoever adds a connection, it is named.
CREATE TRIGGER connections_named AFTER INSERT ON connections WHEN NEW.public_id IS NULL
BEGIN
    UPDATE connections SET public_id = lower(hex(randomblob(16))) WHERE id = NEW.id;
END;
