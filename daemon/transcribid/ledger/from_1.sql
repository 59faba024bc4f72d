-- From the first version of the ledger to the present one.
PRAGMA user_version = 2;
ALTER TABLE job ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN wishes TEXT NOT NULL DEFAULT '';
CREATE INDEX job_by_turn ON job (state, urgent DESC, id);
