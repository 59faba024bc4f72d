"""The executor for diarization: one recording at a time, each with a deadline."""

from collections import deque
from collections.abc import Iterable, Mapping

import structlog

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Progress, Ready, Refusal, Request, Success, Verdict
from transcribid.workers import Executor, News

log = structlog.get_logger()

_BASE, _FACTOR = 600.0, 5.0
"""Seconds that any recording may take, plus seconds per second of it. On two busy cores of a
CPU, embeddings of community-1's size took 2.4 s per second of sound."""


class Diarizing:
    def __init__(self, inner: Executor, timeout: float | None) -> None:
        """`timeout` in seconds, for one recording; None: derived from its duration."""
        self._inner = inner
        self._timeout = timeout
        self._waiting: deque[Request] = deque()
        self._current: Request | None = None
        self._unwanted: set[JobId] = set()
        self._deadline = 0.0

    def free_slots(self) -> int:
        return 0 if self._current or self._waiting else 1

    def warm(self, now: float) -> None:
        """Do nothing: it starts with the first request."""

    def start(self, request: Request, now: float) -> None:
        """Urgent requests go before all others."""
        ahead = sum(each.urgent for each in self._waiting) if request.urgent else None
        self._waiting.insert(len(self._waiting) if ahead is None else ahead, request)
        self._start_next(now)

    def stop(self, job: JobId) -> None:
        if any(each.job == job for each in self._all()):
            self._unwanted.add(job)

    def receive(self, output: ChildOutput, now: float) -> list[News]:
        return self._forward(self._inner.receive(output, now), now)

    def tend(self, now: float) -> list[News]:
        news = self._forward(self._inner.tend(now), now)
        news += self._withdraw_unwanted()
        if self._current and now > self._deadline:
            news.append(self._end(self._current, _too_long(self._allowed(self._current))))
        self._start_next(now)
        return news

    def memory(self) -> Mapping[int, int]:
        return self._inner.memory()

    def close(self) -> list[News]:
        self._inner.close()
        refused: list[News] = [_refused(each, WITHDRAWN) for each in self._all()]
        self._current = None
        self._waiting.clear()
        self._unwanted.clear()
        return refused

    def _all(self) -> list[Request]:
        return [*filter(None, [self._current]), *self._waiting]

    def _start_next(self, now: float) -> None:
        """Start the next request, if none is running."""
        if self._current is None and self._waiting:
            self._current = self._waiting.popleft()
            self._deadline = now + self._allowed(self._current)
            self._inner.start(self._current, now)

    def _forward(self, news: Iterable[News], now: float) -> list[News]:
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
                    pass  # the refusal of its request says why
        self._start_next(now)
        return found

    def _settle(self, verdict: Verdict) -> list[News]:
        current = self._current
        if current is None or (current.job, current.attempt) != (verdict.job, verdict.attempt):
            return []  # it was ended in the meantime
        self._current = None
        self._unwanted.discard(verdict.job)
        if isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.ENGINE:
            self._inner.close()  # after a CUDA error, its results cannot be trusted
        return [verdict]

    def _withdraw_unwanted(self) -> list[News]:
        """Refuse requests that were stopped; only closing the worker ends a computation."""
        refused: list[News] = []
        for request in [each for each in self._all() if each.job in self._unwanted]:
            if request is self._current:
                refused.append(self._end(request, WITHDRAWN))
            else:
                self._waiting.remove(request)
                refused.append(_refused(request, WITHDRAWN))
        self._unwanted.clear()
        return refused

    def _end(self, request: Request, why: Failure) -> Refusal:
        self._current = None
        self._inner.close()
        return _refused(request, why)

    def _allowed(self, request: Request) -> float:
        """The time limit in seconds."""
        if self._timeout is not None:
            return self._timeout
        return _BASE + _FACTOR * (request.transcript.duration if request.transcript else 0.0)


def _refused(request: Request, why: Failure) -> Refusal:
    return Refusal(request.job, request.attempt, why)


def _too_long(allowed: float) -> Failure:
    message = f"Diarization took longer than {allowed:.0f} seconds."
    remedy = "Raise diarization.timeout, or use a GPU."
    return Failure(FailureKind.LOST, message, remedy)


WITHDRAWN = Failure(FailureKind.BYSTANDER, "The job was withdrawn.")
