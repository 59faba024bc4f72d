"""Finished windows of recordings at work, so that nothing is heard twice."""

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
    attempt: int  # in which it was heard
    window_result: WindowResult


_LINE: TypeAdapter[Checkpoint] = TypeAdapter(Checkpoint)


_OWED = 30 * 24 * 3600.0  # seconds that words wait for a job that adds their speakers


class Checkpoints:
    """A file for each job, a line for each window; also for recordings that lack speakers.

    Nothing is synced: it is expendable. What is lost or damaged is heard again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._refused = False

    def add(self, job: JobId, line: Checkpoint) -> None:
        """Remember a window; where the disk refuses, only time is lost."""
        try:
            self._folder.mkdir(0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            with os.fdopen(os.open(self._path(job), flags, files.PRIVATE), "ab") as file:
                file.write(b"\n" + _LINE.dump_json(line))  # whatever a cut line left
        except OSError as error:
            if not self._refused:
                log.warning("checkpoints.refused", job=job, error=str(error))
            self._refused = True

    def read(self, job: JobId | str) -> tuple[WindowResult, ...]:
        """All windows from the first on, up to the first that is missing.

        Of a job, or what another left behind of the recording with this sha256.

        An attempt may have begun again in the middle: of one window, the last word counts,
        and what was heard after it before does not.
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

    def leave(self, job: JobId, recording: str) -> None:
        """Its speakers are owed: the next job of this recording, by sha256, has the words."""
        try:
            with files.fresh(self._path(recording), files.PRIVATE) as file:
                file.write(self._path(job).read_bytes())
        except OSError as error:
            log.warning("checkpoints.refused", job=job, error=str(error))

    def settle(self, recording: str) -> None:
        """Nothing is owed for it any longer."""
        files.remove(self._path(recording))

    def clear(self, needed: set[JobId], now: float) -> None:
        """Remove what belongs to no job that still needs it, and what nobody asked for."""
        names = {self._path(job).name for job in needed}
        for path in self._folder.glob("*"):
            owed = not path.stem.isdecimal() and now - path.stat().st_mtime < _OWED
            if path.name not in names and not owed:
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
