"""The requests that one process must answer, each exactly once."""

from transcribid.domain.job import FailureKind, JobId
from transcribid.protocol.engine import Decoding, Long, Refusal, Request, Verdict

_Attempt = tuple[JobId, int]


class Outstanding:
    """The caller that takes a request out must answer it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []  # in the order they were started
        self._started: dict[_Attempt, float] = {}  # by the monotonic clock
        self._in_device: set[_Attempt] = set()
        self._long: set[_Attempt] = set()

    def __len__(self) -> int:
        return len(self.requests)

    @property
    def long(self) -> int:
        """How many are known to be long."""
        return sum(_attempt(each) in self._long for each in self.requests)

    @property
    def unknown(self) -> int:
        """How many may be short."""
        return len(self) - self.long

    def has(self, job: JobId) -> bool:
        return any(request.job == job for request in self.requests)

    def add(self, request: Request, now: float) -> None:
        self.requests.append(request)
        self._started[_attempt(request)] = now

    def take_answered(self, verdict: Verdict) -> bool:
        """Take out the request that this answers. Returns whether it was there."""
        attempt = (verdict.job, verdict.attempt)
        self._long.discard(attempt)
        if not _was_withdrawn(verdict):  # else its windows may still be in the device
            self._in_device.discard(attempt)
        before = len(self)
        self.requests = [each for each in self.requests if _attempt(each) != attempt]
        return len(self) < before

    def note(self, decoding: Decoding) -> None:
        """Record whether any of its windows are in the device."""
        attempt = (decoding.job, decoding.attempt)
        if decoding.windows:
            self._in_device.add(attempt)
        else:
            self._in_device.discard(attempt)

    def note_long(self, long: Long) -> None:
        self._long.add((long.job, long.attempt))

    def take(self) -> list[Request]:
        """Take out all remaining requests."""
        requests, self.requests = self.requests, []
        return requests

    def end(self, at: float) -> tuple[Request | None, list[Request]]:
        """Take out all remaining requests: the one to blame for the worker's death, and others.

        To blame is the oldest in the device; if there is none, the oldest that the worker had
        when it died. If a withdrawn request is still in the device, none is to blame.
        """
        requests = self.take()
        gone = self._in_device - set(map(_attempt, requests))
        had = [each for each in requests if self._started[_attempt(each)] <= at]
        suspects = [each for each in had if _attempt(each) in self._in_device]
        blamed = next(iter(suspects or had), None) if not gone else None
        return blamed, [each for each in requests if each is not blamed]


def _attempt(request: Request) -> _Attempt:
    return request.job, request.attempt


def _was_withdrawn(verdict: Verdict) -> bool:
    return isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.BYSTANDER
