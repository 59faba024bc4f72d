"""Where jobs run, as seen from the daemon's main process.

A request goes down through four plain objects, and news of it comes back up the same way:

    breaker -> fallback -> supervisor -> process -> the child itself

`process` is one engine process from start to end. `supervisor` replaces it when it ends.
`fallback` retries a recording with less memory. `breaker` finds out what caused a death.
Several of these stacks, one for each GPU, form a `pool`. For speakers, `diarizing` takes their
place.

None of them has a thread, a queue or a clock. The child's threads post its output to the main
thread, which passes it to `receive`; in each turn it also calls `tend`. Both return the news
for the next layer out, innermost first, so that every verdict is reported once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from transcribid.domain.job import Failure, JobId
from transcribid.domain.transcript import Performer
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Progress, Ready, Request, Unable, Verdict, WindowDone


@dataclass(frozen=True, slots=True)
class Working:
    """An engine passed the self-test and takes recordings."""

    number: int  # of the engine and its GPU
    performer: Performer
    gpu: str  # name of its GPU


@dataclass(frozen=True, slots=True)
class Broken:
    """An engine takes no recordings until it works again."""

    number: int
    failure: Failure
    failures: int  # in a row
    again: float  # seconds until the next attempt
    misconfigured: bool  # retrying will not help


News = Ready | Unable | Progress | WindowDone | Verdict | Working | Broken


class Executor(Protocol):
    """Runs requests and returns news about them.

    Every started request is answered by exactly one Success or Refusal, even when the
    worker dies; when it dies at work, only the oldest request in its device may be to
    blame, and the others are refused as bystanders. A job never makes a method raise, and no
    method blocks. `now` is the monotonic clock, in seconds. tests/contract checks all this.
    """

    def free_slots(self) -> int: ...
    def warm(self, now: float) -> None:
        """Get ready before the first request; the outcome is reported later."""
        ...

    def start(self, request: Request, now: float) -> None: ...
    def stop(self, job: JobId) -> None:
        """The verdict on a job is no longer needed and should come soon."""
        ...

    def receive(self, output: ChildOutput, now: float) -> list[News]:
        """Handle a message about a child; no news if the child is another's."""
        ...

    def tend(self, now: float) -> list[News]:
        """Handle the passing of time."""
        ...

    def memory(self) -> Mapping[int, int]:
        """Resident bytes of each running engine process, by engine number."""
        ...

    def close(self) -> list[News]:
        """End the worker; running requests are refused. It may be used again."""
        ...
