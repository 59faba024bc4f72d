-- From the second version of the ledger to the third: a job may be diarizing.
PRAGMA user_version = 3;

CREATE TABLE job_3 (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       BLOB    NOT NULL,            -- file names are bytes
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    admitted   REAL    NOT NULL,            -- seconds since the epoch, as not_before and at
    state      TEXT    NOT NULL CHECK (state IN
               ('queued', 'staging', 'running', 'diarizing', 'delivering', 'quarantining',
                'done', 'quarantined', 'blocked', 'cancelled', 'withdrawn')),
    attempt    INTEGER NOT NULL DEFAULT 0,
    strikes    INTEGER NOT NULL DEFAULT 0,
    waits      INTEGER NOT NULL DEFAULT 0,
    not_before REAL    NOT NULL DEFAULT 0,
    urgent     INTEGER NOT NULL DEFAULT 0,  -- somebody waits for it: before all that are not
    wishes     TEXT    NOT NULL DEFAULT '',  -- options of whoever asked for it, in JSON
    sha256     TEXT,                        -- of the staged copy
    inode      INTEGER,                     -- of the source when it was staged, as ctime_ns
    ctime_ns   INTEGER,
    base       BLOB,                        -- of the outputs, relative to the outbox
    replaces   TEXT    NOT NULL DEFAULT '[]',  -- names of an older set, in JSON
    kind       TEXT,
    message    TEXT,
    remedy     TEXT,
    detail     TEXT,
    CHECK ((kind IS NULL) = (message IS NULL))
) STRICT;

INSERT INTO job_3 (id, name, size, mtime_ns, admitted, state, attempt, strikes, waits, not_before, urgent,
                   wishes, sha256, inode, ctime_ns, base, replaces, kind, message, remedy, detail)
    SELECT id, name, size, mtime_ns, admitted, state, attempt, strikes, waits, not_before, urgent,
           wishes, sha256, inode, ctime_ns, base, replaces, kind, message, remedy, detail FROM job;
DROP TABLE job;
ALTER TABLE job_3 RENAME TO job;

CREATE INDEX job_by_name ON job (name, id);
CREATE INDEX job_by_state ON job (state, id);
CREATE INDEX job_by_turn ON job (state, urgent DESC, id);

-- A file has one unfinished job at most.
CREATE UNIQUE INDEX job_unfinished ON job (name)
    WHERE state IN
    ('queued', 'staging', 'running', 'diarizing', 'delivering', 'quarantining');
