-- The ledger: what we promised and how far we got. One writer, the dispatcher.
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
    urgent     INTEGER NOT NULL DEFAULT 0,  -- somebody waits for it: before all that are not
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

-- A file has one unfinished job at most.
CREATE UNIQUE INDEX job_unfinished ON job (name)
    WHERE state IN
    ('queued', 'staging', 'running', 'diarizing', 'delivering', 'quarantining');

-- Append only: why each job is where it is.
CREATE TABLE history (
    job   INTEGER NOT NULL REFERENCES job (id),
    at    REAL    NOT NULL,
    state TEXT    NOT NULL,
    event TEXT    NOT NULL,
    note  TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX history_by_job ON history (job);

-- What must outlive a restart beside the jobs, such as "paused".
CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- What others are to be told and did not take yet; gone when they did.
CREATE TABLE notice (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,                   -- tells targets apart, and nothing about them
    key    TEXT NOT NULL,                   -- the same each time it is sent
    facts  TEXT NOT NULL,                   -- JSON
    since  REAL NOT NULL
) STRICT;

CREATE INDEX notice_by_target ON notice (target, id);
