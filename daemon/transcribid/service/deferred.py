"""Effects that the storage refused: each waits and is tried again, for as long as it takes."""

from dataclasses import dataclass

import structlog

from transcribid.domain.job import JobId
from transcribid.domain.lifecycle import Effect

log = structlog.get_logger()

_AGAIN = 5.0  # seconds until the next try


@dataclass(frozen=True, slots=True)
class Deferral:
    again: float  # seconds since the epoch
    error: str


class Deferred:
    def __init__(self) -> None:
        self._refusals: dict[tuple[JobId, Effect], Deferral] = {}

    @property
    def trouble(self) -> str | None:
        """What the storage says, if it refuses anything."""
        return next((refusal.error for refusal in self._refusals.values()), None)

    def hold(self, job: JobId, effect: Effect, error: OSError, now: float) -> None:
        if not self._refusals:
            log.error(
                "storage.refused",
                job=job,
                effect=effect.name,
                error=str(error),
                remedy=f"free disk space or mount it; retried every {_AGAIN:g} s",
            )
        self._refusals[job, effect] = Deferral(now + _AGAIN, str(error))

    def holds(self, job: JobId) -> bool:
        return any(held == job for held, _ in self._refusals)

    def drop(self, job: JobId) -> None:
        """It went on, and what was held of its former state is void."""
        for key in [key for key in self._refusals if key[0] == job]:
            del self._refusals[key]

    def waiting(self, effect: Effect) -> int:
        return sum(held is effect for _, held in self._refusals)

    def due(self, now: float) -> list[tuple[JobId, Effect]]:
        """Take out what is to be tried again."""
        due = [key for key, refusal in self._refusals.items() if now >= refusal.again]
        for key in due:
            del self._refusals[key]
        return due
