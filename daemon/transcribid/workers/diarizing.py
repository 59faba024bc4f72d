"""The worker that finds the speakers: one recording at a time, each with a deadline."""

from collections import deque
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue

import structlog

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.protocol.engine import (
    Decoding,
    Heard,
    Long,
    Progress,
    Ready,
    Refusal,
    Reply,
    Request,
    Success,
    Unable,
)
from transcribid.workers import Executor, Post, PostNews, Stirred

log = structlog.get_logger()

_LEAST, _TIMES = 600.0, 5.0
"""Seconds that any recording may take, and seconds for each of it besides. On two busy cores of
a CPU, embeddings of community-1's size took 2.4 s for each second of sound."""


class Diarizing:
    """All but what the worker says happens in the deciding thread."""

    def __init__(
        self, diarizes: Callable[[Post], Executor], post: PostNews, timeout: float | None
    ) -> None:
        """`timeout` in seconds, for one recording; None: as long as such a one may take."""
        self._post = post
        self._timeout = timeout
        self._replies: SimpleQueue[Success | Refusal] = SimpleQueue()
        self._waiting: deque[Request] = deque()
        self._current: Request | None = None
        self._deadline = 0.0
        self._diarizer = diarizes(self._hear)

    def free_slots(self) -> int:
        return 0 if self._current or self._waiting else 1

    def warm(self) -> None:
        """It starts when it is first needed."""

    def start(self, request: Request) -> None:
        """Urgent ones go before all that are not."""
        ahead = sum(each.urgent for each in self._waiting) if request.urgent else None
        self._waiting.insert(len(self._waiting) if ahead is None else ahead, request)
        self._post(Stirred())

    def stop(self, job: JobId) -> None:
        for request in [each for each in self._waiting if each.job == job]:
            self._waiting.remove(request)
            self._refuse(request, TAKEN_BACK)
        if self._current and self._current.job == job:
            self._end(self._current, TAKEN_BACK)

    def tend(self, now: float) -> None:
        self._diarizer.tend(now)
        while reply := self._next():
            self._settle(reply)
        if self._current and now > self._deadline:
            self._end(self._current, _too_long(self._allowed(self._current)))
        if self._current is None and self._waiting:
            self._current = self._waiting.popleft()
            self._deadline = now + self._allowed(self._current)
            self._diarizer.start(self._current)

    def memory(self) -> Mapping[int, int]:
        return self._diarizer.memory()

    def close(self) -> None:
        self._diarizer.close()
        for request in (*filter(None, [self._current]), *self._waiting):
            self._refuse(request, TAKEN_BACK)
        self._current = None
        self._waiting.clear()

    def _hear(self, reply: Reply) -> None:
        """From any thread."""
        match reply:
            case Success() | Refusal():
                self._replies.put(reply)
                self._post(Stirred())
            case Progress():
                self._post(reply)
            case Ready(performer=performer):
                log.info("diarizer.ready", model=performer.model, device=performer.device)
            case Unable() | Heard() | Decoding() | Long():
                return  # its request is refused, and says why

    def _next(self) -> Success | Refusal | None:
        try:
            return self._replies.get_nowait()
        except Empty:
            return None

    def _settle(self, verdict: Success | Refusal) -> None:
        current = self._current
        if current is None or (current.job, current.attempt) != (verdict.job, verdict.attempt):
            return  # it was ended meanwhile
        self._current = None
        if isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.ENGINE:
            self._diarizer.close()  # after an error of CUDA, nothing that it says is true
        self._post(verdict)

    def _end(self, request: Request, why: Failure) -> None:
        """Nothing else stops a computation."""
        self._current = None
        self._diarizer.close()
        self._refuse(request, why)

    def _refuse(self, request: Request, why: Failure) -> None:
        self._post(Refusal(request.job, request.attempt, why))

    def _allowed(self, request: Request) -> float:
        """Seconds."""
        if self._timeout is not None:
            return self._timeout
        return _LEAST + _TIMES * (request.transcript.duration if request.transcript else 0.0)


def _too_long(allowed: float) -> Failure:
    message = f"To find out who said what took longer than {allowed:.0f} seconds."
    remedy = "Raise diarization.timeout, or use a GPU."
    return Failure(FailureKind.LOST, message, remedy)


TAKEN_BACK = Failure(FailureKind.BYSTANDER, "The job was taken back.")
