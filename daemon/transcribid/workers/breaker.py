"""Decides whether the engine or a recording is at fault, by experiment.

Before a recording is blamed for the death of an engine, a fresh one must transcribe the known
clip. If it does, the recording is to blame; if not, the engine is broken: it takes no
recordings, none is blamed, and only the known clip shows when it works again.

    working --death, error, out of memory---> on trial --the clip is right--> working
       ^                                          |                  (the accused is convicted)
       |                                          | fails once: once more, in a fresh process
       +----------- the clip is right --------- broken     (the accused is acquitted)
                                              retried after 5, 10, 20, 40, 60 ... seconds

While it is on trial or broken, no slot is free. This is Nygard's circuit breaker (Release It!,
2007), whose half-open state tries a known request instead of the next real one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from transcribid.domain.backoff import backoff
from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Ready, Refusal, Request, Unable
from transcribid.workers import Broken, Executor, News, Working

_ACCUSING = (FailureKind.LOST, FailureKind.ENGINE, FailureKind.MEMORY)
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 60.0  # seconds until the next attempt; the wait doubles
_PROVEN = "A fresh engine then passed the self-test, so the engine is sound."


class Breaker:
    def __init__(self, number: int, inner: Executor) -> None:
        """`inner` reports Ready only once its engine has transcribed the known clip."""
        self._number = number
        self._inner = inner
        self._works = False
        self._failures = 0
        self._again: float | None = None  # by the monotonic clock
        self._accused: list[Refusal] = []

    def free_slots(self) -> int:
        return self._inner.free_slots() if self._works else 0

    def warm(self, now: float) -> None:
        self._inner.warm(now)

    def start(self, request: Request, now: float) -> None:
        self._inner.start(request, now)

    def stop(self, job: JobId) -> None:
        self._inner.stop(job)

    def memory(self) -> Mapping[int, int]:
        return self._inner.memory()

    def close(self) -> list[News]:
        undecided = [replace(each, failure=_UNDECIDED) for each in self._accused]
        self._accused.clear()
        return [*self._inner.close(), *undecided]

    def receive(self, output: ChildOutput, now: float) -> list[News]:
        return self._judge_all(self._inner.receive(output, now), now)

    def tend(self, now: float) -> list[News]:
        news = self._judge_all(self._inner.tend(now), now)
        if self._again is not None and now >= self._again:
            self._again = None
            self._inner.warm(now)
        return news

    def _judge_all(self, news: Iterable[News], now: float) -> list[News]:
        return [found for each in news for found in self._judge(each, now)]

    def _judge(self, news: News, now: float) -> list[News]:
        match news:
            case Ready():
                return self._trust(news)
            case Unable():
                return self._distrust(news, now)
            case Refusal(failure=failure) if failure.kind in _ACCUSING:
                return self._accuse(news, now)
            case _:
                return [news]

    def _accuse(self, refusal: Refusal, now: float) -> list[News]:
        self._works = False
        self._accused.append(refusal)
        others = self._inner.close()  # if the engine still runs, it is suspect itself
        self._inner.warm(now)
        return others

    def _trust(self, ready: Ready) -> list[News]:
        self._works, self._failures, self._again = True, 0, None
        return [*self._convict(), Working(self._number, ready.performer, ready.gpu)]

    def _convict(self) -> list[News]:
        accused, self._accused = self._accused, []
        return [
            replace(
                refusal,
                failure=replace(
                    refusal.failure, message=f"{refusal.failure.message} {_PROVEN}"
                ),
            )
            for refusal in accused
        ]

    def _distrust(self, unable: Unable, now: float) -> list[News]:
        """After two failures, each in a fresh process, the engine is broken."""
        self._works = False
        self._failures += 1
        if self._failures == 1 and not unable.misconfigured:
            self._inner.warm(now)
            return []
        wait = backoff(self._failures - 1, _FIRST_WAIT, _LONGEST_WAIT)
        self._again = now + wait
        broken = Broken(
            self._number, unable.failure, self._failures, wait, unable.misconfigured
        )
        return [*self._acquit(unable.failure), broken]

    def _acquit(self, failure: Failure) -> list[News]:
        accused, self._accused = self._accused, []
        acquitted = replace(failure, kind=FailureKind.UNABLE)
        return [replace(refusal, failure=acquitted) for refusal in accused]


_UNDECIDED = Failure(FailureKind.BYSTANDER, "The cause of the engine's death is unknown.")
