-- From the third version of the ledger to the fourth: more of what goes wrong is counted.
PRAGMA user_version = 4;

ALTER TABLE job ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN starvations INTEGER NOT NULL DEFAULT 0;

CREATE INDEX job_by_turn_if_quick ON job (state, urgent DESC, id)
    WHERE urgent OR size <= 2000000;
