"""Runs a job while its caller waits."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from transcribid.domain.job import JobId
from transcribid.domain.transcript import Performer
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Decoding, Long, Ready, Reply, Request
from transcribid.workers import News


class Engine(Protocol):
    @property
    def performer(self) -> Performer: ...
    def transcribe(self, request: Request) -> Iterator[Reply]: ...


class InlineExecutor:
    """News is returned by the next `tend`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._news: list[News] = []

    def free_slots(self) -> int:
        return 1

    def warm(self, now: float) -> None:
        self._news.append(Ready(self._engine.performer, slots=1))

    def start(self, request: Request, now: float) -> None:
        for reply in self._engine.transcribe(request):
            if not isinstance(reply, Decoding | Long):  # for whoever outlives the engine
                self._news.append(reply)

    def stop(self, job: JobId) -> None:
        """Nothing is running while anyone can call this."""

    def receive(self, output: ChildOutput, now: float) -> list[News]:
        return []

    def tend(self, now: float) -> list[News]:
        news, self._news = self._news, []
        return news

    def memory(self) -> Mapping[int, int]:
        return {}

    def close(self) -> list[News]:
        return []
