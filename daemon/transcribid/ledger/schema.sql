-- The ledger: all jobs and their states. One writer, the dispatcher.
PRAGMA user_version = 5;

CREATE TABLE job (
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
    urgent     INTEGER NOT NULL DEFAULT 0,  -- a client is waiting for it: before all others
    overrides  TEXT    NOT NULL DEFAULT '',  -- requested options, in JSON
    sha256     TEXT,                        -- of the staged copy
    inode      INTEGER,                     -- of the source when it was staged, as ctime_ns
    ctime_ns   INTEGER,
    base       BLOB,                        -- of the outputs, relative to the outbox
    replaces   TEXT    NOT NULL DEFAULT '[]',  -- names of an older set, in JSON
    kind       TEXT,
    message    TEXT,
    remedy     TEXT,
    detail     TEXT,
    losses     INTEGER NOT NULL DEFAULT 0,
    deaths     INTEGER NOT NULL DEFAULT 0,
    starvations INTEGER NOT NULL DEFAULT 0,
    CHECK ((kind IS NULL) = (message IS NULL))
) STRICT;

CREATE INDEX job_by_name ON job (name, id);
CREATE INDEX job_by_state ON job (state, id);
CREATE INDEX job_by_turn ON job (state, urgent DESC, id);
CREATE INDEX job_by_turn_if_quick ON job (state, urgent DESC, id)
    WHERE urgent OR size <= 2000000;

-- A file has at most one unfinished job.
CREATE UNIQUE INDEX job_unfinished ON job (name)
    WHERE state IN
    ('queued', 'staging', 'running', 'diarizing', 'delivering', 'quarantining');

-- Append-only: why each job is in its state.
CREATE TABLE history (
    job   INTEGER NOT NULL REFERENCES job (id),
    at    REAL    NOT NULL,
    state TEXT    NOT NULL,
    event TEXT    NOT NULL,
    note  TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX history_by_job ON history (job);

-- Facts besides the jobs that must survive a restart, such as "paused".
CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Notices that targets have not accepted yet; deleted when they have.
CREATE TABLE notice (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,                   -- identifies the target, and reveals nothing about it
    key    TEXT NOT NULL,                   -- the same for each attempt to send it
    facts  TEXT NOT NULL,                   -- JSON
    since  REAL NOT NULL
) STRICT;

CREATE INDEX notice_by_target ON notice (target, id);
