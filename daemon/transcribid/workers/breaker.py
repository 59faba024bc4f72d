"""Whose fault was it? An engine is believed to be sound only after an experiment.

Before a recording is blamed for the death of an engine, a fresh one must hear the known clip.
If it does, the recording is to blame; if it cannot, the engine is broken: nothing is taken and
nobody is blamed, and only the known clip tells when it works again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from queue import Empty, SimpleQueue

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.protocol.engine import Ready, Refusal, Request, Unable
from transcribid.workers import Broken, Executor, News, PostNews, Stirred, Working

_ACCUSING = (FailureKind.LOST, FailureKind.ENGINE, FailureKind.MEMORY)
_FIRST, _LONGEST = 5.0, 60.0  # seconds until the next try; the wait doubles
_PROVEN = "A fresh engine then heard the test clip well, so the engine is sound."


class Breaker:
    """All but `post` happens in the deciding thread."""

    def __init__(
        self, number: int, make: Callable[[PostNews], Executor], post: PostNews
    ) -> None:
        """`make` gives an executor whose engines hear the known clip before they are ready."""
        self._number = number
        self._post = post
        self._news: SimpleQueue[Ready | Unable | Refusal] = SimpleQueue()
        self._inner = make(self._hear)
        self._works = False
        self._failures = 0
        self._again: float | None = None  # by the monotonic clock
        self._accused: list[Refusal] = []

    def free_slots(self) -> int:
        return self._inner.free_slots() if self._works else 0

    def warm(self) -> None:
        self._inner.warm()

    def start(self, request: Request) -> None:
        self._inner.start(request)

    def stop(self, job: JobId) -> None:
        self._inner.stop(job)

    def memory(self) -> Mapping[int, int]:
        return self._inner.memory()

    def close(self) -> None:
        self._inner.close()
        for refusal in self._accused:
            self._post(replace(refusal, failure=_UNDECIDED))
        self._accused.clear()

    def tend(self, now: float) -> None:
        self._inner.tend(now)
        while news := self._next():
            match news:
                case Ready():
                    self._trust(news)
                case Unable():
                    self._distrust(news, now)
                case Refusal():
                    self._accuse(news)
        if self._again is not None and now >= self._again:
            self._again = None
            self._inner.warm()

    def _hear(self, news: News) -> None:
        """From any thread."""
        match news:
            case Ready() | Unable():
                self._note(news)
            case Refusal(failure=failure) if failure.kind in _ACCUSING:
                self._note(news)
            case _:
                self._post(news)

    def _note(self, news: Ready | Unable | Refusal) -> None:
        self._news.put(news)
        self._post(Stirred())

    def _next(self) -> Ready | Unable | Refusal | None:
        try:
            return self._news.get_nowait()
        except Empty:
            return None

    def _accuse(self, refusal: Refusal) -> None:
        self._works = False
        self._accused.append(refusal)
        self._inner.close()  # if it still lives, it is suspected itself
        self._inner.warm()

    def _trust(self, ready: Ready) -> None:
        self._works, self._failures, self._again = True, 0, None
        for refusal in self._accused:
            message = f"{refusal.failure.message} {_PROVEN}"
            self._post(replace(refusal, failure=replace(refusal.failure, message=message)))
        self._accused.clear()
        self._post(Working(self._number, ready.performer, ready.gpu))

    def _distrust(self, unable: Unable, now: float) -> None:
        """Twice, each time in a fresh process, and it is broken."""
        self._works = False
        self._failures += 1
        if self._failures == 1 and not unable.misconfigured:
            self._inner.warm()
            return
        acquitted = replace(unable.failure, kind=FailureKind.UNABLE)
        for refusal in self._accused:
            self._post(replace(refusal, failure=acquitted))
        self._accused.clear()
        wait = min(_LONGEST, _FIRST * 2.0 ** max(0, self._failures - 2))
        self._again = now + wait
        broken = Broken(
            self._number, unable.failure, self._failures, wait, unable.misconfigured
        )
        self._post(broken)


_UNDECIDED = Failure(FailureKind.BYSTANDER, "It was not found out what the engine died of.")
