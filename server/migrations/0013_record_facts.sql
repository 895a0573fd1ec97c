-- What is known of a record besides what it is searched, filtered and matched by (providers::facts), as JSON.
ALTER TABLE records ADD COLUMN facts TEXT;

-- Number at the tax office as it is compared: letters and digits alone.
ALTER TABLE records ADD COLUMN tax_key TEXT;
CREATE INDEX records_by_tax ON records (connection, company_id, list, tax_key) WHERE tax_key IS NOT NULL;
