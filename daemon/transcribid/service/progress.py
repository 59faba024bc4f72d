"""Tracks and logs the progress of each attempt."""

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

_LOG_INTERVAL = 5.0  # seconds between two lines about one job

_PHASES = {State.RUNNING: Phase.WORDS, State.DIARIZING: Phase.SPEAKERS}

_Attempt = tuple[JobId, int]


class Attempts:
    def __init__(self, queued: Callable[[], int]) -> None:
        """`queued` returns the number of queued jobs."""
        self._queued = queued
        self._running: dict[_Attempt, Running] = {}
        self._logged: dict[_Attempt, float] = {}
        self._began: dict[_Attempt, tuple[float, float]] = {}  # when, and at which position
        self._last_seen: dict[_Attempt, float] = {}  # monotonic time of the last report
        self._windows: dict[_Attempt, list[WindowResult]] = {}

    @property
    def begun(self) -> set[JobId]:
        return {job for job, _ in self._began}

    def begin(self, job: Job, position: float) -> None:
        """An attempt begins with its first report; it may resume an earlier one."""
        self._began.setdefault((job.id, job.attempt), (time.monotonic(), position))

    def add_window(self, job: Job, result: WindowResult) -> None:
        self.begin(job, result.end)
        self._windows.setdefault((job.id, job.attempt), []).append(result)

    def note(self, job: Job, progress: Progress) -> None:
        self.begin(job, progress.position)
        now, attempt = time.monotonic(), (job.id, job.attempt)
        if (before := self._running.get(attempt)) and before.phase is not progress.phase:
            self._began[attempt] = (
                now,
                progress.position,
            )  # the speed of each phase is measured separately
        since, began_at = self._began[attempt]
        self._last_seen[attempt] = now
        running = Running(
            job.id,
            job.source.name,
            progress.position,
            progress.duration,
            now - since,
            _text(self._windows.get(attempt, ())),
            progress.phase,
            began_at,
        )
        self._running[attempt] = running
        if now - self._logged.setdefault(attempt, now) >= _LOG_INTERVAL:
            self._logged[attempt] = now
            _log_progress(running, self._queued())

    def running(self, jobs: Iterable[Job]) -> tuple[Running, ...]:
        """The jobs that are being processed now; others only wait."""
        return tuple(filter(None, map(self._of, jobs)))

    def _of(self, job: Job) -> Running | None:
        attempt = job.id, job.attempt
        running = self._running.get(attempt)
        phase = _PHASES.get(job.state)
        if running is None or running.phase is not phase:
            return None
        return replace(running, silent=time.monotonic() - self._last_seen[attempt])

    def forget(self, job: JobId, attempt: int) -> None:
        for notes in (self._running, self._logged, self._began, self._last_seen, self._windows):
            notes.pop((job, attempt), None)


def _text(results: Iterable[WindowResult]) -> str:
    return "".join(word.text for result in results for word in result.words).strip()


def _log_progress(running: Running, queued: int) -> None:
    """Log position, speed, remaining time and queue length."""
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
