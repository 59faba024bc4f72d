"""The worker that finds the speakers: one recording at a time, each with a deadline."""

from collections import deque
from collections.abc import Iterable, Mapping

import structlog

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.process.child import Said
from transcribid.protocol.engine import Progress, Ready, Refusal, Request, Success, Verdict
from transcribid.workers import Executor, News

log = structlog.get_logger()

_LEAST, _TIMES = 600.0, 5.0
"""Seconds that any recording may take, and seconds for each of it besides. On two busy cores of
a CPU, embeddings of community-1's size took 2.4 s for each second of sound."""


class Diarizing:
    def __init__(self, inner: Executor, timeout: float | None) -> None:
        """`timeout` in seconds, for one recording; None: as long as such a one may take."""
        self._inner = inner
        self._timeout = timeout
        self._waiting: deque[Request] = deque()
        self._current: Request | None = None
        self._unwanted: set[JobId] = set()
        self._deadline = 0.0

    def free_slots(self) -> int:
        return 0 if self._current or self._waiting else 1

    def warm(self, now: float) -> None:
        """It starts when it is first needed."""

    def start(self, request: Request, now: float) -> None:
        """Urgent ones go before all that are not."""
        ahead = sum(each.urgent for each in self._waiting) if request.urgent else None
        self._waiting.insert(len(self._waiting) if ahead is None else ahead, request)
        self._begin(now)

    def stop(self, job: JobId) -> None:
        if any(each.job == job for each in self._all()):
            self._unwanted.add(job)

    def hear(self, said: Said, now: float) -> list[News]:
        return self._passed_on(self._inner.hear(said, now), now)

    def tend(self, now: float) -> list[News]:
        news = self._passed_on(self._inner.tend(now), now)
        news += self._taken_back()
        if self._current and now > self._deadline:
            news.append(self._end(self._current, _too_long(self._allowed(self._current))))
        self._begin(now)
        return news

    def memory(self) -> Mapping[int, int]:
        return self._inner.memory()

    def close(self) -> list[News]:
        self._inner.close()
        refused: list[News] = [_refused(each, TAKEN_BACK) for each in self._all()]
        self._current = None
        self._waiting.clear()
        self._unwanted.clear()
        return refused

    def _all(self) -> list[Request]:
        return [*filter(None, [self._current]), *self._waiting]

    def _begin(self, now: float) -> None:
        """The next one, if none is at work."""
        if self._current is None and self._waiting:
            self._current = self._waiting.popleft()
            self._deadline = now + self._allowed(self._current)
            self._inner.start(self._current, now)

    def _passed_on(self, news: Iterable[News], now: float) -> list[News]:
        found: list[News] = []
        for each in news:
            match each:
                case Success() | Refusal():
                    found += self._settle(each)
                case Progress():
                    found.append(each)
                case Ready(performer=by):
                    log.info("diarizer.ready", model=by.model, device=by.device)
                case _:
                    pass  # its request is refused, and says why
        self._begin(now)
        return found

    def _settle(self, verdict: Verdict) -> list[News]:
        current = self._current
        if current is None or (current.job, current.attempt) != (verdict.job, verdict.attempt):
            return []  # it was ended meanwhile
        self._current = None
        self._unwanted.discard(verdict.job)
        if isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.ENGINE:
            self._inner.close()  # after an error of CUDA, nothing that it says is true
        return [verdict]

    def _taken_back(self) -> list[News]:
        """Refuse what nobody wants any more; nothing else stops a computation."""
        refused: list[News] = []
        for request in [each for each in self._all() if each.job in self._unwanted]:
            if request is self._current:
                refused.append(self._end(request, TAKEN_BACK))
            else:
                self._waiting.remove(request)
                refused.append(_refused(request, TAKEN_BACK))
        self._unwanted.clear()
        return refused

    def _end(self, request: Request, why: Failure) -> Refusal:
        self._current = None
        self._inner.close()
        return _refused(request, why)

    def _allowed(self, request: Request) -> float:
        """Seconds."""
        if self._timeout is not None:
            return self._timeout
        return _LEAST + _TIMES * (request.transcript.duration if request.transcript else 0.0)


def _refused(request: Request, why: Failure) -> Refusal:
    return Refusal(request.job, request.attempt, why)


def _too_long(allowed: float) -> Failure:
    message = f"Diarization took longer than {allowed:.0f} seconds."
    remedy = "Raise diarization.timeout, or use a GPU."
    return Failure(FailureKind.LOST, message, remedy)


TAKEN_BACK = Failure(FailureKind.BYSTANDER, "The job was withdrawn.")
