"""What to do when memory is short: less and less exacting engines, for one recording."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TypeGuard, TypeVar

import structlog

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.protocol.engine import Refusal, Request, Settings, Success, Unable, Verdict
from transcribid.workers import Executor, News, PostNews, Stirred

log = structlog.get_logger()

T = TypeVar("T")

_SHORT = "Out of memory: "
_AGAIN = 600.0  # seconds until an engine that could not even be loaded is tried again


def rungs(settings: Settings, *, on_gpu: bool) -> tuple[Settings, ...]:
    """From what was asked for down to what fits; batches were made smaller before that.

    The second is the same in a fresh process, whose memory is not in pieces.
    """
    steps = [settings, replace(settings, because=_SHORT + "a fresh engine heard it.")]
    if on_gpu and not settings.compute_type.startswith("int8"):
        because = _SHORT + f"int8_float16 instead of {settings.compute_type}."
        steps.append(replace(settings, compute_type="int8_float16", because=because))
    if on_gpu and settings.cpu_allowed:
        because = _SHORT + "the CPU heard it, with int8."
        steps.append(replace(settings, device="cpu", compute_type="int8", because=because))
    return tuple(steps)


class Ladder:
    """The first rung is for everybody, a lower one for the recording that needs it.

    A recording for which the last rung is too much is refused. All but `post` happens in the
    deciding thread.
    """

    def __init__(
        self,
        steps: Sequence[Settings],
        make: Callable[[Settings, PostNews], Executor],
        post: PostNews,
    ) -> None:
        self._steps = steps
        self._make = make
        self._post = post
        self._verdicts: SimpleQueue[Verdict] = SimpleQueue()
        self._unable: SimpleQueue[tuple[Executor | None, Unable]] = SimpleQueue()
        self._requests: dict[tuple[JobId, int], Request] = {}
        self._heavy: Request | None = None  # the recording that needs a lower rung
        self._climb_at: float | None = None  # by the monotonic clock
        self._climbing = False  # as soon as nothing is at work
        self._rung: int = 0
        self._inner = self._standing_on(0)

    def free_slots(self) -> int:
        return 0 if self._heavy or self._climbing else self._inner.free_slots()

    def warm(self) -> None:
        self._inner.warm()

    def start(self, request: Request) -> None:
        self._requests[request.job, request.attempt] = request
        self._inner.start(request)

    def stop(self, job: JobId) -> None:
        self._inner.stop(job)

    def memory(self) -> Mapping[int, int]:
        return self._inner.memory()

    def close(self) -> None:
        self._inner.close()
        for verdict in _taken(self._verdicts):
            self._answer(verdict)
        self._heavy = None
        self._step_to(0)

    def tend(self, now: float) -> None:
        self._inner.tend(now)
        for verdict in _taken(self._verdicts):
            self._consider(verdict, now)
        for inner, unable in _taken(self._unable):
            if inner is self._inner:
                self._despair(unable, now)
        self._climbing = self._climb_at is not None and now >= self._climb_at
        if self._climbing and not self._requests:
            log.info("engine.climbs", message="The next recording gets what was asked for.")
            self._step_to(0)
            self._inner.warm()

    def _standing_on(self, rung: int) -> Executor:
        def hear(news: News) -> None:
            match news:
                case Success() | Refusal():
                    self._verdicts.put(news)
                    self._post(Stirred())
                case Unable():
                    self._unable.put((made, news))
                    self._post(Stirred())
                case _:
                    self._post(news)

        made = self._make(self._steps[rung], hear)
        return made

    def _step_to(self, rung: int) -> None:
        """What is at work on the old rung is refused as a bystander."""
        self._climb_at, self._climbing = None, False
        self._inner.close()
        if rung != self._rung:
            self._rung, self._inner = rung, self._standing_on(rung)

    def _consider(self, verdict: Verdict, now: float) -> None:
        request = self._requests.get((verdict.job, verdict.attempt))
        if request and _short(verdict):
            if self._heavy not in (None, request):
                verdict = replace(verdict, failure=_BYSTANDER)
            elif self._rung + 1 < len(self._steps):
                self._heavy = request
                self._descend(verdict.failure)
                self._inner.start(replace(request, alone=True))
                return
        self._answer(verdict)
        if request is not None and request == self._heavy:
            self._heavy, self._climb_at = None, now

    def _answer(self, verdict: Verdict) -> None:
        self._requests.pop((verdict.job, verdict.attempt), None)
        self._post(verdict)

    def _despair(self, unable: Unable, now: float) -> None:
        """It cannot even be loaded."""
        if unable.failure.kind is FailureKind.MEMORY and self._rung + 1 < len(self._steps):
            self._descend(unable.failure)
            self._inner.warm()
            self._climb_at = now + _AGAIN
            return
        self._step_to(0)
        self._post(unable)

    def _descend(self, failure: Failure) -> None:
        step = self._steps[self._rung + 1]
        log.warning(
            "engine.descends",
            message=failure.message,
            device=step.device,
            compute_type=step.compute_type,
        )
        self._step_to(self._rung + 1)


_BYSTANDER = Failure(FailureKind.BYSTANDER, "The memory was too short for another recording.")


def _short(verdict: Verdict) -> TypeGuard[Refusal]:
    return isinstance(verdict, Refusal) and verdict.failure.kind is FailureKind.MEMORY


def _taken(news: SimpleQueue[T]) -> Iterator[T]:
    with suppress(Empty):
        while True:
            yield news.get_nowait()
