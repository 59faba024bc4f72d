"""Runs a job while its caller waits: for tests and for measuring."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from transcribid.domain.job import JobId
from transcribid.domain.transcript import Performer
from transcribid.protocol.engine import Decoding, Long, Ready, Reply, Request
from transcribid.workers import Post


class Engine(Protocol):
    @property
    def performer(self) -> Performer: ...
    def transcribe(self, request: Request) -> Iterator[Reply]: ...


class InlineExecutor:
    def __init__(self, engine: Engine, post: Post) -> None:
        self._engine = engine
        self._post = post

    def free_slots(self) -> int:
        return 1

    def warm(self) -> None:
        self._post(Ready(self._engine.performer, slots=1))

    def start(self, request: Request) -> None:
        for reply in self._engine.transcribe(request):
            if not isinstance(
                reply, Decoding | Long
            ):  # which is for whoever outlives the engine
                self._post(reply)

    def stop(self, job: JobId) -> None:
        """Nothing is running while anyone can call this."""

    def tend(self, now: float) -> None:
        """There is no worker to look after."""

    def memory(self) -> Mapping[int, int]:
        return {}

    def close(self) -> None:
        """There is nothing to close."""
