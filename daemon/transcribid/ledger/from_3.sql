-- From the third version of the ledger to the fourth: lost transcripts are counted.
PRAGMA user_version = 4;

ALTER TABLE job ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;
