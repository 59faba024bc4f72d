"""Drives executors in a program that does nothing else.

The daemon has a loop of its own, which does more; both use executors in the same way.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from transcribid.process.child import ChildOutput
from transcribid.workers import Executor, News
from transcribid.workers.build import Workers

_TURN = 0.2  # seconds
_END = 10.0  # seconds that children have to end


class Driver:
    def __init__(self, build: Callable[[Workers], Sequence[Executor]]) -> None:
        self._mailbox: SimpleQueue[ChildOutput] = SimpleQueue()
        self._workers = Workers(self._mailbox.put)
        self.executors = build(self._workers)

    def turn(self) -> list[News]:
        """Wait briefly and return the news."""
        news: list[News] = []
        with suppress(Empty):
            output = self._mailbox.get(timeout=_TURN)
            while True:
                news += receive_all(self.executors, output, time.monotonic())
                output = self._mailbox.get_nowait()
        return news + tend_all(self.executors, time.monotonic())

    def close(self) -> None:
        for executor in self.executors:
            executor.close()
        self._workers.join(_END)


def receive_all(executors: Sequence[Executor], output: ChildOutput, now: float) -> list[News]:
    return [news for executor in executors for news in executor.receive(output, now)]


def tend_all(executors: Sequence[Executor], now: float) -> list[News]:
    return [news for executor in executors for news in executor.tend(now)]
