"""The messages to the main thread."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from queue import SimpleQueue

from transcribid.domain.events import Event
from transcribid.domain.job import Job, JobId
from transcribid.inbox import Notice
from transcribid.process.child import ChildOutput
from transcribid.storage.recognition import Compared


class Verb(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    RETRY_ALL = "retry all"
    CANCEL = "cancel"
    DISMISS = "dismiss"
    DISMISS_ALL = "dismiss all"
    SUBMIT = "submit"
    SETTINGS = "settings"
    RELEASE = "let go"  # a recording whose client has the response


class Declined(Exception):
    """A command cannot be carried out; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a user; the answer is one sentence, or Declined."""

    verb: Verb
    job: JobId | None = None
    name: str = ""  # of a file in the inbox
    overrides: str = ""  # options for it, or settings, in JSON
    answer: Future[str] = field(default_factory=Future[str])


@dataclass(frozen=True, slots=True)
class Returned:
    """The outcome of moving files back into the inbox for a command."""

    command: Command
    outcomes: Sequence[tuple[Job, OSError | None]]
    declined: Sequence[str] = ()  # why others were not tried


@dataclass(frozen=True, slots=True)
class JobEvent:
    """An event of a job from another thread of the daemon."""

    job: JobId
    event: Event


class Signal(Enum):
    STOP = auto()
    RELOAD = auto()


@dataclass(frozen=True, slots=True)
class NoticeSent:
    """A notice reached its target, or was given up."""

    notice: int


Message = ChildOutput | Notice | Compared | JobEvent | Command | Returned | NoticeSent | Signal
Mailbox = SimpleQueue[Message]
"""Its `put` may be called from any thread, and from a signal handler."""
