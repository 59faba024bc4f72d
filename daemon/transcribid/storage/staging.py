"""Private copies: a source is copied and hashed once, and only the copy is read."""

import errno
import fcntl
import os
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from transcribid.domain.events import Failed, Staged, Withdrawn
from transcribid.domain.job import Copy, Failure, FailureKind, Job, JobId
from transcribid.storage import files

Outcome = Staged | Failed | Withdrawn
_FICLONE = 0x40049409  # linux/fs.h: share the blocks instead of copying them
_NEVER_BLOCK_NOR_FOLLOW = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


class Staging:
    """Copies in its own thread, as a recording may have gigabytes."""

    def __init__(
        self,
        folder: Path,
        inbox: Path,
        post: Callable[[JobId, Outcome], None],
        *,
        max_size: int,
        trouble: Callable[[], str | None],
    ) -> None:
        """`max_size` in bytes; `trouble` returns what is wrong with the inbox itself."""
        self._folder = folder
        self._inbox = inbox
        self._post = post
        self.max_size = max_size
        self._trouble = trouble
        self._thread = ThreadPoolExecutor(1, "staging")
        self._stopped: set[JobId] = set()
        self._lock = threading.Lock()

    def path(self, job: JobId) -> Path:
        return self._folder / str(job)

    def start(self, job: Job) -> None:
        """Post exactly one outcome, later."""
        with self._lock:
            self._stopped.discard(job.id)
        self._thread.submit(self._stage, job)

    def submit(self, work: Callable[[], None]) -> None:
        """Queue other work that may move gigabytes."""
        self._thread.submit(work)

    def stop(self, job: JobId) -> None:
        with self._lock:
            self._stopped.add(job)

    def discard(self, job: JobId) -> None:
        files.remove(self.path(job))

    def clear(self) -> None:
        """Remove every copy; call only while nothing is being staged."""
        files.remove(self._folder)
        files.make_private(self._folder)

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)

    def _stage(self, job: Job) -> None:
        try:
            outcome = self._outcome(job)
        except OSError as error:
            failure = Failure(FailureKind.STORAGE, f"It cannot be staged: {error}")
            outcome = Failed(job.attempt, failure)
        with self._lock:
            if job.id in self._stopped:
                self.discard(job.id)
        self._post(job.id, outcome)

    def _outcome(self, job: Job) -> Outcome:
        path = self._inbox / job.source.name
        try:
            source = os.open(path, _NEVER_BLOCK_NOR_FOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            if trouble := self._trouble():
                return Failed(job.attempt, Failure(FailureKind.STORAGE, trouble))
            return Withdrawn()
        except PermissionError as error:
            return Failed(job.attempt, _unreadable(path, error))
        except OSError as error:
            if error.errno == errno.ELOOP:
                return Withdrawn()  # a link replaced it, and links are not followed
            raise
        try:
            return self._copied(source, job)
        finally:
            os.close(source)

    def _copied(self, source: int, job: Job) -> Outcome:
        before = os.fstat(source)
        if not stat.S_ISREG(before.st_mode) or not job.source.matches(before):
            return Withdrawn()
        if refusal := self._refusal(source, job):
            return Failed(job.attempt, refusal)
        sha256 = _clone(source, self.path(job.id))
        if not job.source.matches(os.fstat(source)):
            return Withdrawn()
        return Staged(job.attempt, Copy.of(sha256, before))

    def _refusal(self, source: int, job: Job) -> Failure | None:
        size = job.source.size
        if size > self.max_size:
            message = f"It is {size} bytes; the limit is {self.max_size}."
            return Failure(FailureKind.BAD_INPUT, message, "Raise limits.max_size.")
        if not size:
            message = "It is still empty."
            return Failure(FailureKind.INCOMPLETE, message, "Copy the recording again.")
        if _has_writer(source):
            message = "Another program has it open for writing."
            return Failure(FailureKind.WRITING, message, "Wait for that program to finish.")
        return None


def _clone(source: int, copy: Path) -> str:
    with files.fresh(copy, files.PRIVATE) as target:
        try:
            fcntl.ioctl(target, _FICLONE, source)
        except OSError:
            return files.copy(source, target)
    return files.sha256(copy)


def _has_writer(source: int) -> bool:
    """Request a read lease: fcntl(2) refuses it with EAGAIN while there is a writer.

    Only the file's owner (or CAP_LEASE) may do so; otherwise it is unknown.
    """
    try:
        fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _unreadable(path: Path, error: PermissionError) -> Failure:
    facts = path.lstat()
    message = (
        f"The daemon (user {os.geteuid()}) cannot read it: it belongs to user {facts.st_uid},"
        f" group {facts.st_gid}, mode {stat.S_IMODE(facts.st_mode):04o}."
    )
    remedy = "Make it readable for the daemon, for example with `chmod a+r`."
    return Failure(FailureKind.INCOMPLETE, message, remedy, str(error))
