"""Effects that failed because of the storage: each is retried until it succeeds."""

from dataclasses import dataclass

import structlog

from transcribid.domain.job import JobId
from transcribid.domain.lifecycle import Effect

log = structlog.get_logger()

_RETRY_INTERVAL = 5.0  # seconds until the next attempt


@dataclass(frozen=True, slots=True)
class Deferral:
    again: float  # seconds since the epoch
    error: str


class Deferred:
    def __init__(self) -> None:
        self._refusals: dict[tuple[JobId, Effect], Deferral] = {}

    @property
    def trouble(self) -> str | None:
        """A storage error, if any effect is waiting."""
        return next((refusal.error for refusal in self._refusals.values()), None)

    def hold(self, job: JobId, effect: Effect, error: OSError, now: float) -> None:
        if not self._refusals:
            log.error(
                "storage.refused",
                job=job,
                effect=effect.name,
                error=str(error),
                remedy=f"free disk space or mount it; retried every {_RETRY_INTERVAL:g} s",
            )
        self._refusals[job, effect] = Deferral(now + _RETRY_INTERVAL, str(error))

    def holds(self, job: JobId) -> bool:
        return any(held == job for held, _ in self._refusals)

    def drop(self, job: JobId) -> None:
        """Discard the effects of a job that has left the state they belong to."""
        for key in [key for key in self._refusals if key[0] == job]:
            del self._refusals[key]

    def clear(self) -> None:
        self._refusals.clear()

    def waiting(self, effect: Effect) -> int:
        return sum(held is effect for _, held in self._refusals)

    def due(self, now: float) -> list[tuple[JobId, Effect]]:
        """Take out the effects to retry now."""
        due = [key for key, refusal in self._refusals.items() if now >= refusal.again]
        for key in due:
            del self._refusals[key]
        return due
