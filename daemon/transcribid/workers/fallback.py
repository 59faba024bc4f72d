"""What to do when memory is short: less and less exacting engines, for one recording.

The steps go from what was asked for down to what fits (`steps`). An engine that runs out of
memory has already made its batches smaller. What is still too much goes one step down, alone
on its device; every other recording that failed of the same is a bystander and waits. When it
is answered, the next recording gets what was asked for again. What is too much even for the
last step is refused. An engine that cannot even be loaded goes down as well, and is tried on
the first step again after ten minutes, as soon as nothing is at work.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeGuard

import structlog

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.process.child import Said
from transcribid.protocol.engine import Refusal, Request, Settings, Success, Unable, Verdict
from transcribid.workers import Executor, News

log = structlog.get_logger()

_SHORT = "Out of memory: "
_AGAIN = 600.0  # seconds until an engine that could not even be loaded is tried again


def steps(settings: Settings, *, on_gpu: bool) -> tuple[Settings, ...]:
    """From what was asked for down to what fits; batches were made smaller before that.

    The second is the same in a fresh process, whose memory is not in pieces.
    """
    found = [settings, replace(settings, because=_SHORT + "decoded by a fresh engine.")]
    if on_gpu and not settings.compute_type.startswith("int8"):
        because = _SHORT + f"int8_float16 instead of {settings.compute_type}."
        found.append(replace(settings, compute_type="int8_float16", because=because))
    if on_gpu and settings.cpu_allowed:
        because = _SHORT + "decoded on the CPU with int8."
        found.append(replace(settings, device="cpu", compute_type="int8", because=because))
    return tuple(found)


class Adjustable(Executor, Protocol):
    def adjust(self, settings: Settings) -> None:
        """From its next process on."""
        ...


class Fallback:
    """The first step is for everybody, a lower one for the recording that needs it."""

    def __init__(self, steps: Sequence[Settings], inner: Adjustable) -> None:
        self._steps = steps
        self._inner = inner
        self._requests: dict[tuple[JobId, int], Request] = {}
        self._heavy: Request | None = None  # the recording that needs a lower step
        self._climb_at: float | None = None  # by the monotonic clock
        self._climbing = False  # as soon as nothing is at work
        self._step = 0
        inner.adjust(steps[0])

    def free_slots(self) -> int:
        return 0 if self._heavy or self._climbing else self._inner.free_slots()

    def warm(self, now: float) -> None:
        self._inner.warm(now)

    def start(self, request: Request, now: float) -> None:
        self._requests[request.job, request.attempt] = request
        self._inner.start(request, now)

    def stop(self, job: JobId) -> None:
        self._inner.stop(job)

    def memory(self) -> Mapping[int, int]:
        return self._inner.memory()

    def close(self) -> list[News]:
        """All that is at work is refused; whatever comes next is on the first step."""
        self._heavy = None
        refused = self._step_to(0)
        self._requests.clear()
        return refused

    def hear(self, said: Said, now: float) -> list[News]:
        return self._considered(self._inner.hear(said, now), now)

    def tend(self, now: float) -> list[News]:
        news = self._considered(self._inner.tend(now), now)
        self._climbing = self._climb_at is not None and now >= self._climb_at
        if self._climbing and not self._requests:
            log.info(
                "engine.climbs", message="The next recording runs with the configured settings."
            )
            news += self._step_to(0)
            self._inner.warm(now)
        return news

    def _considered(self, news: Iterable[News], now: float) -> list[News]:
        return [found for each in news for found in self._consider(each, now)]

    def _consider(self, news: News, now: float) -> list[News]:
        match news:
            case Success() | Refusal():
                return self._settle(news, now)
            case Unable():
                return self._despair(news, now)
            case _:
                return [news]

    def _settle(self, verdict: Verdict, now: float) -> list[News]:
        request = self._requests.get((verdict.job, verdict.attempt))
        if request and _short(verdict):
            if self._heavy not in (None, request):
                verdict = replace(verdict, failure=_BYSTANDER)
            elif self._step + 1 < len(self._steps):
                self._heavy = request
                refused = self._answers(self._descend(verdict.failure))
                self._inner.start(replace(request, alone=True), now)
                return refused
        if request is not None and request == self._heavy:
            self._heavy, self._climb_at = None, now
        return self._answers([verdict])

    def _answers(self, news: Iterable[News]) -> list[News]:
        found = list(news)
        for each in found:
            if isinstance(each, Success | Refusal):
                self._requests.pop((each.job, each.attempt), None)
        return found

    def _despair(self, unable: Unable, now: float) -> list[News]:
        """It cannot even be loaded."""
        if unable.failure.kind is FailureKind.MEMORY and self._step + 1 < len(self._steps):
            refused = self._answers(self._descend(unable.failure))
            self._inner.warm(now)
            self._climb_at = now + _AGAIN
            return refused
        return [*self._answers(self._step_to(0)), unable]

    def _descend(self, failure: Failure) -> list[News]:
        step = self._steps[self._step + 1]
        log.warning(
            "engine.descends",
            message=failure.message,
            device=step.device,
            compute_type=step.compute_type,
        )
        return self._step_to(self._step + 1)

    def _step_to(self, step: int) -> list[News]:
        """What is at work on the old step is refused as a bystander."""
        self._climb_at, self._climbing = None, False
        self._step = step
        self._inner.adjust(self._steps[step])
        return self._inner.close()


_BYSTANDER = Failure(FailureKind.BYSTANDER, "Another recording ran out of memory.")


def _short(verdict: Verdict) -> TypeGuard[Refusal]:
    return isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.MEMORY
