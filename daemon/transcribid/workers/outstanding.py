"""The requests that one worker has to answer, each exactly once."""

import threading
from collections.abc import Callable

from transcribid.domain.job import FailureKind, JobId
from transcribid.protocol.engine import Decoding, Long, Refusal, Request, Verdict


class Outstanding:
    """Whoever takes a request out answers for it.

    Requests may come before the worker can hear them; once it has ended, none can.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[Request] = []  # in the order in which they were started
        self._send: Callable[[Request], None] | None = None
        self._ended = False
        self._in_device: set[tuple[JobId, int]] = set()  # jobs and their attempts
        self._long: set[tuple[JobId, int]] = set()  # likewise

    def __len__(self) -> int:
        return len(self._requests)

    @property
    def long(self) -> int:
        """How many are known to be long."""
        return sum((each.job, each.attempt) in self._long for each in self._requests)

    @property
    def unknown(self) -> int:
        """How many may be short."""
        return len(self) - self.long

    def has(self, job: JobId) -> bool:
        return any(request.job == job for request in self._requests)

    @property
    def ended(self) -> bool:
        return self._ended

    def reopen(self) -> None:
        """For another worker."""
        self._send, self._ended = None, False
        self._in_device.clear()
        self._long.clear()

    def add(self, request: Request) -> bool:
        """False when nobody would answer for it any more."""
        with self._lock:
            if self._ended:
                return False
            self._requests.append(request)
            if self._send:
                self._send(request)
        return True

    def begin(self, send: Callable[[Request], None]) -> None:
        """The worker can hear them now."""
        with self._lock:
            self._send = send
            for request in self._requests:
                send(request)

    def answered(self, verdict: Verdict) -> bool:
        """Take out the request that this is about, if it is there."""
        attempt = (verdict.job, verdict.attempt)
        with self._lock:
            self._long.discard(attempt)
            if not _was_taken_back(verdict):  # else a window of it may still be in the device
                self._in_device.discard(attempt)
            before = len(self._requests)
            self._requests = [
                request
                for request in self._requests
                if (request.job, request.attempt) != attempt
            ]
            return len(self._requests) < before

    def note(self, decoding: Decoding) -> None:
        """Some of its windows, or none, are in the device from now on."""
        attempt = (decoding.job, decoding.attempt)
        with self._lock:
            if decoding.windows:
                self._in_device.add(attempt)
            else:
                self._in_device.discard(attempt)

    def note_long(self, long: Long) -> None:
        with self._lock:
            self._long.add((long.job, long.attempt))

    def end(self) -> tuple[Request | None, list[Request]]:
        """Take out all that are left: which may be to blame for the worker's death, and others.

        To blame is the oldest in the device; where none was, the oldest. Where what was taken
        back is still in there, nobody is.
        """
        with self._lock:
            self._ended = True
            requests, self._requests = self._requests, []
            suspects = [each for each in requests if _attempt(each) in self._in_device]
            gone = self._in_device - set(map(_attempt, requests))
        blamed = next(iter(suspects or requests), None) if not gone else None
        return blamed, [each for each in requests if each is not blamed]


def _attempt(request: Request) -> tuple[JobId, int]:
    return request.job, request.attempt


def _was_taken_back(verdict: Verdict) -> bool:
    return isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.BYSTANDER
