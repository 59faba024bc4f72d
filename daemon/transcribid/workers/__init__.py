"""Where jobs run, as the deciding process sees it.

A request goes down through four plain objects, and news of it come back up the same way:

    breaker -> fallback -> supervisor -> process -> the child itself

`process` is one engine process from its start to its end. `supervisor` replaces it when that
comes. `fallback` tries a recording again with less memory. `breaker` finds out whose fault a
death was. Several of these, one for each GPU, are a `pool`. For speakers, `diarizing` stands in
their place.

None of them has a thread, a queue or a clock. The child's threads post what it says to the
deciding thread, which hands it to `hear`; in each turn it also calls `tend`. Both return what
is to be told further out, innermost first, so that every verdict travels once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from transcribid.domain.job import Failure, JobId
from transcribid.domain.transcript import Performer
from transcribid.process.child import Said
from transcribid.protocol.engine import Heard, Progress, Ready, Request, Unable, Verdict


@dataclass(frozen=True, slots=True)
class Working:
    """An engine transcribed the known clip well and takes recordings."""

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


News = Ready | Unable | Progress | Heard | Verdict | Working | Broken


class Executor(Protocol):
    """Runs requests somewhere and returns what is to be said about them.

    Every started request is answered by exactly one Success or Refusal, even when the
    worker dies; when it dies at work, only the oldest request in its device may be to
    blame, and the others are refused as bystanders. A job never makes a method raise, and no
    method waits. `now` is the monotonic clock, in seconds. tests/contract holds it to this.
    """

    def free_slots(self) -> int: ...
    def warm(self, now: float) -> None:
        """Get ready before the first request; whether that works is told later."""
        ...

    def start(self, request: Request, now: float) -> None: ...
    def stop(self, job: JobId) -> None:
        """Its verdict is of no use any more, and may as well come soon."""
        ...

    def hear(self, said: Said, now: float) -> list[News]:
        """What follows from a message about a child; nothing if it is not ours."""
        ...

    def tend(self, now: float) -> list[News]:
        """What follows from the time that went by."""
        ...

    def memory(self) -> Mapping[int, int]:
        """Bytes in memory of each engine that runs in a process, by its number."""
        ...

    def close(self) -> list[News]:
        """End the worker; what runs is refused. It may be used again."""
        ...
