"""Executors for a program that does nothing else: it waits for what they say, and decides.

The daemon has a loop of its own, for more happens there than this; both speak to executors in
the same way.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from transcribid.process.child import Said
from transcribid.workers import Executor, News
from transcribid.workers.build import Workers

_TURN = 0.2  # seconds
_END = 10.0  # seconds that children get to end


class Driver:
    def __init__(self, build: Callable[[Workers], Sequence[Executor]]) -> None:
        self._mailbox: SimpleQueue[Said] = SimpleQueue()
        self._workers = Workers(self._mailbox.put)
        self.executors = build(self._workers)

    def turn(self) -> list[News]:
        """Wait a little, and return what there is to be told."""
        news: list[News] = []
        with suppress(Empty):
            said = self._mailbox.get(timeout=_TURN)
            while True:
                news += heard(self.executors, said, time.monotonic())
                said = self._mailbox.get_nowait()
        return news + tended(self.executors, time.monotonic())

    def close(self) -> None:
        for executor in self.executors:
            executor.close()
        self._workers.join(_END)


def heard(executors: Sequence[Executor], said: Said, now: float) -> list[News]:
    return [news for executor in executors for news in executor.hear(said, now)]


def tended(executors: Sequence[Executor], now: float) -> list[News]:
    return [news for executor in executors for news in executor.tend(now)]
