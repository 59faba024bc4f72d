"""Where jobs run: in a child process, in several of them, in the calling thread."""

from collections.abc import Callable
from typing import Protocol

from transcribid.domain.job import JobId
from transcribid.wire import Reply, Request

Post = Callable[[Reply], None]
"""How an executor speaks; safe to call from any thread."""


class Executor(Protocol):
    """Runs requests somewhere and posts replies.

    Every started request is answered by exactly one Success or Refusal, even when the
    worker dies; when it dies at work, only the request that was started first may be to
    blame, and the others are refused as bystanders. A job never makes a method raise.
    tests/contract holds it to this.
    """

    def free_slots(self) -> int: ...
    def warm(self) -> None:
        """Get ready before the first request; Ready or Unable is posted when it is known."""
        ...

    def start(self, request: Request) -> None: ...
    def stop(self, job: JobId) -> None:
        """Its verdict is of no use any more, and may as well come soon."""
        ...

    def tend(self, now: float) -> None: ...
    def close(self) -> None: ...
