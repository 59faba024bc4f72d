"""All jobs in SQLite, and other facts that must survive a restart."""

import os
import sqlite3
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from importlib import resources
from itertools import islice
from pathlib import Path

from transcribid.domain.job import Job, JobId, Moment, Source, State
from transcribid.domain.news import Draft, Notice
from transcribid.ledger.rows import job_from, moment_from, values_of

_UNFINISHED = "('queued', 'staging', 'running', 'diarizing', 'delivering', 'quarantining')"
# Up to a minute of 16-bit audio at 16 kHz: unlikely to be longer. The same as in its index.
_QUICK = "(urgent OR size <= 2000000)"
_MAX_NAMES = 500  # names in one query
_UPDATE = (
    "UPDATE job SET state = :state, attempt = :attempt, strikes = :strikes, waits = :waits,"
    " losses = :losses, deaths = :deaths, starvations = :starvations,"
    " not_before = :not_before, sha256 = :sha256, inode = :inode,"
    " ctime_ns = :ctime_ns, base = :base, replaces = :replaces,"
    " kind = :kind, message = :message, remedy = :remedy, detail = :detail WHERE id = :id"
)


class LedgerFull(Exception):
    """The disk has no room for the next transaction; what was saved is safe."""


class Ledger:
    """All jobs, ever. Each method is one transaction; only one thread may write."""

    def __init__(self, path: Path, *, untouched: bool = False) -> None:
        """With `untouched`, nothing is written, and only `fact` may be used."""
        self._folder = path.parent
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        try:
            if not untouched:
                self._prepare()
        except sqlite3.Error:
            self.close()
            raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA busy_timeout = 10000")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if not self._db.execute("PRAGMA user_version").fetchone()[0]:
            sql = resources.files("transcribid.ledger").joinpath("schema.sql").read_text()
            self._db.executescript(f"BEGIN; {sql} COMMIT;")

    def add(
        self, sources: Iterable[Source], *, at: float, urgent: bool = False, overrides: str = ""
    ) -> None:
        """Queue these, in this order; urgent ones before all others."""
        rows = [
            (os.fsencode(source.name), source.size, source.mtime_ns, at, urgent, overrides)
            for source in sources
        ]
        with self._transaction() as db:
            last = db.execute("SELECT coalesce(max(id), 0) FROM job").fetchone()[0]
            db.executemany(
                "INSERT INTO job (name, size, mtime_ns, admitted, urgent, overrides, state)"
                " VALUES (?, ?, ?, ?, ?, ?, 'queued')",
                rows,
            )
            db.execute(
                "INSERT INTO history (job, at, state, event)"
                " SELECT id, admitted, state, 'Admitted' FROM job WHERE id > ?",
                (last,),
            )

    def mark_urgent(self, job: JobId) -> None:
        """Mark a job that a client is waiting for."""
        with self._transaction() as db:
            db.execute("UPDATE job SET urgent = 1 WHERE id = ?", (job,))

    def save(
        self, job: Job, *, event: str, at: float, note: str = "", drafts: Iterable[Draft] = ()
    ) -> None:
        """Save a job's new state, the event behind it, and the notices to send."""
        with self._transaction() as db:
            db.execute(_UPDATE, values_of(job))
            db.execute(
                "INSERT INTO history (job, at, state, event, note) VALUES (?, ?, ?, ?, ?)",
                (job.id, at, job.state, event, note),
            )
            _add_notices(db, drafts, at)

    def get(self, job: JobId) -> Job:
        """Raises KeyError for an unknown job."""
        found = self._jobs("WHERE id = ?", job)
        if not found:
            raise KeyError(job)
        return found[0]

    def latest(self, name: str) -> Job | None:
        """The latest job of the file with this name."""
        return self.latest_of([name]).get(name)

    def latest_of(self, names: Iterable[str]) -> dict[str, Job]:
        """The latest job of each of these files that has one."""
        if not self._db.execute("SELECT EXISTS (SELECT 1 FROM job)").fetchone()[0]:
            return {}  # a first start may find many files
        found: list[Job] = []
        rest = iter(names)
        while part := [os.fsencode(name) for name in islice(rest, _MAX_NAMES)]:
            marks = ",".join("?" * len(part))
            youngest = f"SELECT max(id) FROM job WHERE name IN ({marks}) GROUP BY name"
            found += self._jobs(f"WHERE id IN ({youngest})", *part)
        return {job.source.name: job for job in found}

    def next(self, now: float, *, quick: bool = False) -> Job | None:
        """The next job; with `quick`, only among urgent and small ones."""
        among = _QUICK if quick else "1"
        found = self._jobs(
            f"WHERE state = 'queued' AND not_before <= ? AND {among}"
            " ORDER BY urgent DESC, id LIMIT 1",
            now,
        )
        return found[0] if found else None

    def was_done(self, job: Job) -> bool:
        """Whether an older job of its file was done."""
        return bool(
            self._jobs(
                "WHERE name = ? AND id < ? AND state = 'done' LIMIT 1",
                os.fsencode(job.source.name),
                job.id,
            )
        )

    def unfinished(self, limit: int = -1) -> list[Job]:
        return self._jobs(
            f"WHERE state IN {_UNFINISHED} ORDER BY urgent DESC, id LIMIT ?", limit
        )

    def oldest(self) -> float | None:
        """When the oldest unfinished job was admitted."""
        condition = f"WHERE state IN {_UNFINISHED}"
        return self._db.execute(f"SELECT min(admitted) FROM job {condition}").fetchone()[0]

    def unfinished_ids(self) -> set[JobId]:
        """The IDs of unfinished jobs."""
        rows = self._db.execute(f"SELECT id FROM job WHERE state IN {_UNFINISHED}")
        return {JobId(row[0]) for row in rows}

    def begun(self) -> list[Job]:
        """Unfinished jobs that have left the queue."""
        begun = _UNFINISHED.replace("'queued', ", "")
        return self._jobs(f"WHERE state IN {begun} ORDER BY id")

    def in_state(self, state: State, limit: int) -> list[Job]:
        """The latest jobs of a state, latest first."""
        return self._jobs("WHERE state = ? ORDER BY id DESC LIMIT ?", state, limit)

    def counts(self) -> dict[State, int]:
        rows = self._db.execute("SELECT state, count(*) FROM job GROUP BY state")
        return {State(state): count for state, count in rows}

    def history_length(self) -> int:
        """The number of lines in the history of all jobs."""
        return self._db.execute("SELECT ifnull(max(rowid), 0) FROM history").fetchone()[0]

    def reached(self, after: int) -> dict[State, int]:
        """How often jobs entered each state after this line of the history."""
        rows = self._db.execute(
            "SELECT state, count(*) FROM history WHERE rowid > ? GROUP BY state", (after,)
        )
        return {State(state): count for state, count in rows}

    def history(self, job: JobId) -> list[Moment]:
        rows = self._db.execute(
            "SELECT at, state, event, note FROM history WHERE job = ? ORDER BY rowid", (job,)
        )
        return [moment_from(row) for row in rows]

    def latest_moments(
        self, jobs: Iterable[JobId], events: Sequence[str]
    ) -> dict[JobId, dict[str, Moment]]:
        """The last of each of these events, for each of these jobs."""
        found: dict[JobId, dict[str, Moment]] = {}
        rest = iter(jobs)
        while part := list(islice(rest, _MAX_NAMES)):
            marks, named = ",".join("?" * len(part)), ",".join("?" * len(events))
            rows = self._db.execute(
                "SELECT job, at, state, event, note FROM history"
                f" WHERE job IN ({marks}) AND event IN ({named}) ORDER BY rowid",
                (*part, *events),
            )
            for row in rows:
                found.setdefault(JobId(row["job"]), {})[row["event"]] = moment_from(row)
        return found

    def fact(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return row["value"] if row else None

    def note(self, name: str, value: str | None) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM fact WHERE name = ?", (name,))
            if value is not None:
                db.execute("INSERT INTO fact (name, value) VALUES (?, ?)", (name, value))

    def announce(self, drafts: Iterable[Draft], *, at: float) -> None:
        """Queue notices that belong to no job."""
        with self._transaction() as db:
            _add_notices(db, drafts, at)

    def notice(self, target: str, after: int) -> Notice | None:
        """The next notice for this target, after the one with this number."""
        row = self._db.execute(
            "SELECT * FROM notice WHERE target = ? AND id > ? ORDER BY id LIMIT 1",
            (target, after),
        ).fetchone()
        return Notice(**dict(row)) if row else None

    def pending_notices(self) -> dict[str, tuple[int, float]]:
        """For each target with pending notices, their count and when the oldest was queued."""
        rows = self._db.execute(
            "SELECT target, count(*), min(since) FROM notice GROUP BY target"
        )
        return {target: (count, since) for target, count, since in rows}

    def settle_notice(self, notice: int) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM notice WHERE id = ?", (notice,))

    def forget_notices(self, targets: Iterable[str]) -> None:
        """Delete all notices but those for these targets."""
        kept = list(targets)
        marks = ",".join("?" * len(kept))
        with self._transaction() as db:
            db.execute(f"DELETE FROM notice WHERE target NOT IN ({marks})", kept)

    def close(self) -> None:
        self._db.close()

    def _jobs(self, condition: str, *values: object) -> list[Job]:
        return [
            job_from(row) for row in self._db.execute(f"SELECT * FROM job {condition}", values)
        ]

    def probe(self) -> None:
        """Check that writing works. Raises LedgerFull."""
        self.note("probe", str(time.time()))

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            message = f"the disk of the state folder {self._folder} is full"
            raise LedgerFull(message) from error


def _add_notices(db: sqlite3.Connection, drafts: Iterable[Draft], at: float) -> None:
    db.executemany(
        "INSERT INTO notice (target, key, facts, since) VALUES (?, ?, ?, ?)",
        [(draft.target, draft.key, draft.facts, at) for draft in drafts],
    )
