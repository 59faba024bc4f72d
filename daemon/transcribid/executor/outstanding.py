"""The requests that one worker has to answer, each exactly once."""

import threading
from collections.abc import Callable

from transcribid.domain.job import JobId
from transcribid.wire import Decoding, Long, Request, Verdict


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
        with self._lock:
            before = len(self._requests)
            self._requests = [
                request
                for request in self._requests
                if (request.job, request.attempt) != (verdict.job, verdict.attempt)
            ]
            return len(self._requests) < before

    def note(self, decoding: Decoding) -> None:
        """Some of its windows, or none, are in the device from now on."""
        attempt = (decoding.job, decoding.attempt)
        if decoding.windows:
            self._in_device.add(attempt)
        else:
            self._in_device.discard(attempt)

    def note_long(self, long: Long) -> None:
        self._long.add((long.job, long.attempt))

    def end(self) -> list[Request]:
        """Take out all that are left; the first may be to blame for the worker's death.

        That is the oldest in the device; where none was, the oldest.
        """
        with self._lock:
            self._ended = True
            requests, self._requests = self._requests, []
        return sorted(requests, key=lambda each: not self._suspected(each))

    def _suspected(self, request: Request) -> bool:
        return (request.job, request.attempt) in self._in_device
