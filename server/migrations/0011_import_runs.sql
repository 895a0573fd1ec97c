-- What began a run, how its lists are read, how fast, and which records have another name.
ALTER TABLE imports ADD COLUMN began TEXT NOT NULL DEFAULT 'person';
UPDATE imports SET began = 'connected' WHERE started_by IS NULL;

ALTER TABLE import_lists ADD COLUMN reading TEXT NOT NULL DEFAULT 'whole';
ALTER TABLE import_lists ADD COLUMN per_second INTEGER;
ALTER TABLE import_lists ADD COLUMN renamed INTEGER NOT NULL DEFAULT 0;
