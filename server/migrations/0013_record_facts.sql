-- What is known of a record besides what it is searched, filtered and matched by (providers::facts), as JSON.
ALTER TABLE records ADD COLUMN facts TEXT;
