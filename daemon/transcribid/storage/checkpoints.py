"""Finished windows of running recordings, so that none is transcribed twice."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from transcribid.domain.job import JobId
from transcribid.domain.window_result import WindowResult
from transcribid.storage import files

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    attempt: int  # in which it was transcribed
    window_result: WindowResult


_LINE: TypeAdapter[Checkpoint] = TypeAdapter(Checkpoint)


_RETENTION = 30 * 24 * 3600.0  # seconds that windows are kept for a job that adds speakers


class Checkpoints:
    """A file for each job, a line for each window; also for recordings that lack speakers.

    Nothing is synced: it is expendable. What is lost or damaged is transcribed again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._refused = False

    def add(self, job: JobId, line: Checkpoint) -> None:
        """Save a window; if the disk refuses, only time is lost."""
        try:
            self._folder.mkdir(0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            with os.fdopen(os.open(self._path(job), flags, files.PRIVATE), "ab") as file:
                file.write(b"\n" + _LINE.dump_json(line))  # after a line that may be truncated
        except OSError as error:
            if not self._refused:
                log.warning("checkpoints.refused", job=job, error=str(error))
            self._refused = True

    def read(self, job: JobId | str) -> tuple[WindowResult, ...]:
        """All windows from the first on, up to the first that is missing.

        Of a job, or those retained for the recording with this SHA-256.

        An attempt may have resumed in the middle: the last line of a window counts, and
        earlier lines of later windows do not.
        """
        window_results: list[WindowResult] = []
        for line in self._lines(job):
            if line.window_result.index <= len(window_results):
                window_results[line.window_result.index :] = [line.window_result]
        return tuple(window_results)

    def progressed(self, job: JobId, attempt: int) -> bool:
        """Whether this attempt finished any window."""
        return any(line.attempt == attempt for line in self._lines(job))

    def discard(self, job: JobId) -> None:
        files.remove(self._path(job))

    def retain(self, job: JobId, recording: str) -> None:
        """Keep the windows for the next job of the recording (SHA-256), to add speakers."""
        try:
            with files.fresh(self._path(recording), files.PRIVATE) as file:
                file.write(self._path(job).read_bytes())
        except OSError as error:
            log.warning("checkpoints.refused", job=job, error=str(error))

    def release(self, recording: str) -> None:
        """Remove the windows retained for this recording."""
        files.remove(self._path(recording))

    def clear(self, needed: set[JobId], now: float) -> None:
        """Remove files that no job needs, and retained ones that have expired."""
        names = {self._path(job).name for job in needed}
        for path in self._folder.glob("*"):
            retained = not path.stem.isdecimal() and now - path.stat().st_mtime < _RETENTION
            if path.name not in names and not retained:
                files.remove(path)

    def _lines(self, job: JobId | str) -> Iterator[Checkpoint]:
        try:
            lines = self._path(job).read_bytes().split(b"\n")
        except OSError:
            return
        for line in lines:
            with suppress(ValidationError):
                yield _LINE.validate_json(line)

    def _path(self, job: JobId | str) -> Path:
        return self._folder / f"{job}.jsonl"
