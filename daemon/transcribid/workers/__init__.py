"""Where jobs run: in a child process, in several of them, in the calling thread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from transcribid.domain.job import Failure, JobId
from transcribid.domain.transcript import Performer
from transcribid.protocol.engine import Reply, Request


@dataclass(frozen=True, slots=True)
class Working:
    """An engine heard the known clip well and takes recordings."""

    number: int  # of the engine, and of its GPU
    performer: Performer
    gpu: str  # name of its GPU


@dataclass(frozen=True, slots=True)
class Broken:
    """An engine takes nothing until it works again."""

    number: int
    failure: Failure
    failures: int  # in a row
    again: float  # seconds until the next try
    misconfigured: bool  # trying again will not help


@dataclass(frozen=True, slots=True)
class Stirred:
    """An executor wants to be tended soon."""


News = Reply | Working | Broken | Stirred
Post = Callable[[Reply], None]
"""How an executor speaks; safe to call from any thread."""
PostNews = Callable[[News], None]
"""How one speaks that is made of others."""


class Executor(Protocol):
    """Runs requests somewhere and posts what is said about them.

    Every started request is answered by exactly one Success or Refusal, even when the
    worker dies; when it dies at work, only the oldest request in its device may be to
    blame, and the others are refused as bystanders. A job never makes a method raise.
    tests/contract holds it to this.
    """

    def free_slots(self) -> int: ...
    def warm(self) -> None:
        """Get ready before the first request; whether that works is posted."""
        ...

    def start(self, request: Request) -> None: ...
    def stop(self, job: JobId) -> None:
        """Its verdict is of no use any more, and may as well come soon."""
        ...

    def tend(self, now: float) -> None: ...
    def memory(self) -> Mapping[int, int]:
        """Bytes in memory of each engine that runs in a process, by its number."""
        ...

    def close(self) -> None:
        """End the worker; what runs is refused. It may be used again."""
        ...
