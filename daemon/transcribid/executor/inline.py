"""Runs a job in the calling thread: for tests and for measuring."""

from transcribid.domain.job import JobId
from transcribid.domain.transcript import Performer
from transcribid.engine import Engine, guarded
from transcribid.executor import Post
from transcribid.wire import Ready, Request


class InlineExecutor:
    def __init__(self, engine: Engine, performer: Performer, post: Post) -> None:
        self._engine = engine
        self._performer = performer
        self._post = post

    def free_slots(self) -> int:
        return 1

    def warm(self) -> None:
        self._post(Ready(self._performer))

    def start(self, request: Request) -> None:
        for reply in guarded(self._engine, request):
            self._post(reply)

    def stop(self, job: JobId) -> None:
        """Nothing is running while anyone can call this."""

    def tend(self, now: float) -> None:
        """There is no worker to look after."""

    def close(self) -> None:
        """There is nothing to close."""
