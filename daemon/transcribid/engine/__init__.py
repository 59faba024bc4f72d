"""The child process: audio in, values out. Only here are the models imported."""

from collections.abc import Callable, Iterator

from transcribid.domain.job import Failure, FailureKind
from transcribid.wire import Refusal, Reply, Request

Engine = Callable[[Request], Iterator[Reply]]
"""Yields Progress while it works, then one Success or Refusal."""


class Refused(Exception):
    """This recording cannot be transcribed; the failure says whose fault it is."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class CannotRun(Exception):
    """The engine cannot run at all."""

    def __init__(self, message: str, remedy: str, *, misconfigured: bool) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.misconfigured = misconfigured


def guarded(engine: Engine, request: Request) -> Iterator[Reply]:
    """The one boundary where whatever the models raise becomes a value."""
    try:
        yield from engine(request)
    except Refused as refused:
        yield Refusal(request.job, request.attempt, refused.failure)
    except Exception as error:  # noqa: BLE001 - see the docstring
        failure = Failure(FailureKind.ENGINE, f"{type(error).__name__}: {error}")
        yield Refusal(request.job, request.attempt, failure)
