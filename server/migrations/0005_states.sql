-- 1 while a connection is paused because the provider's subscription has ended, and not by a person.
ALTER TABLE connections ADD COLUMN subscription_ended INTEGER NOT NULL DEFAULT 0;

-- The newest revocation of a connection is shown with it.
CREATE INDEX revocations_connection ON revocations (connection, id);
