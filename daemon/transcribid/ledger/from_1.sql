-- From the first version of the ledger to the second.
PRAGMA user_version = 2;
ALTER TABLE job ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN wishes TEXT NOT NULL DEFAULT '';
CREATE INDEX job_by_turn ON job (state, urgent DESC, id);

-- What others are to be told and did not take yet; gone when they did.
CREATE TABLE notice (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,                   -- tells targets apart, and nothing about them
    key    TEXT NOT NULL,                   -- the same each time it is sent
    facts  TEXT NOT NULL,                   -- JSON
    since  REAL NOT NULL
) STRICT;

CREATE INDEX notice_by_target ON notice (target, id);
