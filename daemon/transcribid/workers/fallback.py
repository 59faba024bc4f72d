"""Retries a recording with settings that need less and less memory.

The steps go from the configured settings down to what fits (`steps`). An engine that runs out
of memory has already reduced its batches. A recording that is still too large goes one step
down, alone on its device; every other one that ran out of memory is a bystander and waits. When
it is answered, the next recording gets the configured settings again. One that is too large
even for the last step is refused. An engine that cannot even be loaded goes down as well, and
is tried on the first step again after ten minutes, as soon as nothing is running.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeGuard

import structlog

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Refusal, Request, Settings, Success, Unable, Verdict
from transcribid.workers import Executor, News

log = structlog.get_logger()

_OUT_OF_MEMORY = "Out of memory: "
_RETRY_AFTER = 600.0  # seconds until an engine that could not be loaded is retried


def steps(settings: Settings, *, on_gpu: bool) -> tuple[Settings, ...]:
    """From the configured settings down; batches were reduced before the first step.

    The second step is the same in a fresh process, whose memory is not fragmented.
    """
    reason = _OUT_OF_MEMORY + "decoded by a fresh engine."
    found = [settings, replace(settings, fallback_reason=reason)]
    if on_gpu and not settings.compute_type.startswith("int8"):
        reason = _OUT_OF_MEMORY + f"int8_float16 instead of {settings.compute_type}."
        found.append(replace(settings, compute_type="int8_float16", fallback_reason=reason))
    if on_gpu and settings.cpu_allowed:
        reason = _OUT_OF_MEMORY + "decoded on the CPU with int8."
        cpu = replace(settings, device="cpu", compute_type="int8", fallback_reason=reason)
        found.append(cpu)
    return tuple(found)


class Adjustable(Executor, Protocol):
    def adjust(self, settings: Settings) -> None:
        """Use these settings from the next process on."""
        ...


class Fallback:
    """The first step is for all recordings, a lower one for the one that needs it."""

    def __init__(self, steps: Sequence[Settings], inner: Adjustable) -> None:
        self._steps = steps
        self._inner = inner
        self._requests: dict[tuple[JobId, int], Request] = {}
        self._heavy: Request | None = None  # the recording that needs a lower step
        self._climb_at: float | None = None  # by the monotonic clock
        self._climbing = False  # as soon as nothing is running
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
        """Running requests are refused; the next ones start on the first step."""
        self._heavy = None
        refused = self._step_to(0)
        self._requests.clear()
        return refused

    def receive(self, output: ChildOutput, now: float) -> list[News]:
        return self._consider_all(self._inner.receive(output, now), now)

    def tend(self, now: float) -> list[News]:
        news = self._consider_all(self._inner.tend(now), now)
        self._climbing = self._climb_at is not None and now >= self._climb_at
        if self._climbing and not self._requests:
            log.info(
                "engine.climbs", message="The next recording runs with the configured settings."
            )
            news += self._step_to(0)
            self._inner.warm(now)
        return news

    def _consider_all(self, news: Iterable[News], now: float) -> list[News]:
        return [found for each in news for found in self._consider(each, now)]

    def _consider(self, news: News, now: float) -> list[News]:
        match news:
            case Success() | Refusal():
                return self._settle(news, now)
            case Unable():
                return self._handle_unable(news, now)
            case _:
                return [news]

    def _settle(self, verdict: Verdict, now: float) -> list[News]:
        request = self._requests.get((verdict.job, verdict.attempt))
        if request and _out_of_memory(verdict):
            if self._heavy not in (None, request):
                verdict = replace(verdict, failure=_BYSTANDER)
            elif self._step + 1 < len(self._steps):
                self._heavy = request
                refused = self._forget_answered(self._descend(verdict.failure))
                self._inner.start(replace(request, alone=True), now)
                return refused
        if request is not None and request == self._heavy:
            self._heavy, self._climb_at = None, now
        return self._forget_answered([verdict])

    def _forget_answered(self, news: Iterable[News]) -> list[News]:
        found = list(news)
        for each in found:
            if isinstance(each, Success | Refusal):
                self._requests.pop((each.job, each.attempt), None)
        return found

    def _handle_unable(self, unable: Unable, now: float) -> list[News]:
        """The engine could not be loaded: go one step down if memory is why."""
        if unable.failure.kind is FailureKind.MEMORY and self._step + 1 < len(self._steps):
            refused = self._forget_answered(self._descend(unable.failure))
            self._inner.warm(now)
            self._climb_at = now + _RETRY_AFTER
            return refused
        return [*self._forget_answered(self._step_to(0)), unable]

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
        """Change the step; requests running on the old one are refused as bystanders."""
        self._climb_at, self._climbing = None, False
        self._step = step
        self._inner.adjust(self._steps[step])
        return self._inner.close()


_BYSTANDER = Failure(FailureKind.BYSTANDER, "Another recording ran out of memory.")


def _out_of_memory(verdict: Verdict) -> TypeGuard[Refusal]:
    return isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.MEMORY
