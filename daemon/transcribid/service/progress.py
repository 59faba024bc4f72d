"""What the engines have begun: how far each attempt is, and what the log says of it."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog

from transcribid.domain.job import Job, JobId, State
from transcribid.domain.naming import printable
from transcribid.domain.window_result import WindowResult
from transcribid.protocol.engine import Phase, Progress
from transcribid.service.status import Running

log = structlog.get_logger()

_BETWEEN = 5.0  # seconds between two lines about one job

_PHASES = {State.RUNNING: Phase.WORDS, State.DIARIZING: Phase.SPEAKERS}

_Attempt = tuple[JobId, int]


class Attempts:
    def __init__(self, queued: Callable[[], int]) -> None:
        """`queued` tells how many jobs wait."""
        self._queued = queued
        self._running: dict[_Attempt, Running] = {}
        self._told: dict[_Attempt, float] = {}
        self._began: dict[_Attempt, tuple[float, float]] = {}  # when, and how far it was
        self._last: dict[_Attempt, float] = {}  # word of it
        self._heard: dict[_Attempt, list[WindowResult]] = {}

    @property
    def begun(self) -> set[JobId]:
        return {job for job, _ in self._began}

    def begin(self, job: Job, position: float) -> None:
        """From the first word about it on, an attempt is begun; it may go on after another."""
        self._began.setdefault((job.id, job.attempt), (time.monotonic(), position))

    def add_window(self, job: Job, result: WindowResult) -> None:
        self.begin(job, result.end)
        self._heard.setdefault((job.id, job.attempt), []).append(result)

    def note(self, job: Job, progress: Progress) -> None:
        self.begin(job, progress.position)
        now, attempt = time.monotonic(), (job.id, job.attempt)
        if (before := self._running.get(attempt)) and before.phase is not progress.phase:
            self._began[attempt] = now, progress.position  # its speed is another matter
        since, began_at = self._began[attempt]
        self._last[attempt] = now
        running = Running(
            job.id,
            job.source.name,
            progress.position,
            progress.duration,
            now - since,
            _text(self._heard.get(attempt, ())),
            progress.phase,
            began_at,
        )
        self._running[attempt] = running
        if now - self._told.setdefault(attempt, now) >= _BETWEEN:
            self._told[attempt] = now
            _tell(running, self._queued())

    def running(self, jobs: Iterable[Job]) -> tuple[Running, ...]:
        """Those of which something is being heard; others only wait."""
        return tuple(filter(None, map(self._of, jobs)))

    def _of(self, job: Job) -> Running | None:
        attempt = job.id, job.attempt
        running = self._running.get(attempt)
        phase = _PHASES.get(job.state)
        if running is None or running.phase is not phase:
            return None
        return replace(running, silent=time.monotonic() - self._last[attempt])

    def forget(self, job: JobId, attempt: int) -> None:
        for notes in (self._running, self._told, self._began, self._last, self._heard):
            notes.pop((job, attempt), None)


def _text(results: Iterable[WindowResult]) -> str:
    return "".join(word.text for result in results for word in result.words).strip()


def _tell(running: Running, queued: int) -> None:
    """Progress as people like it: how far, how fast, how long yet, how many more."""
    duration, remaining = running.duration, running.remaining
    log.info(
        "job.progress",
        job=running.job,
        name=printable(running.name),
        phase=running.phase,
        percent=round(100 * running.position / duration) if duration else None,
        position=round(running.position, 1),
        speed=round(running.speed, 1) or None,
        remaining=round(remaining) if remaining is not None else None,
        queued=queued,
    )
