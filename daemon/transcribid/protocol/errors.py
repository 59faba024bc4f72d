"""Errors of an engine and its helpers: for one recording, or for all work."""

from transcribid.domain.job import Failure


class Refused(Exception):
    """This recording cannot be transcribed; the failure says what is at fault."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class CannotRun(Exception):
    """The engine cannot run at all."""

    def __init__(self, message: str, remedy: str, *, misconfigured: bool) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.misconfigured = misconfigured
