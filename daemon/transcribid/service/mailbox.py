"""Everything that may be said to the deciding thread."""

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
    LET_GO = "let go"  # of a recording whose sender has the answer


class Declined(Exception):
    """A command cannot be carried out; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a person asks for; the answer is one sentence, or Declined."""

    verb: Verb
    job: JobId | None = None
    name: str = ""  # of a file in the inbox
    overrides: str = ""  # options for it, or settings, in JSON
    answer: Future[str] = field(default_factory=Future[str])


@dataclass(frozen=True, slots=True)
class Returned:
    """Files are in the inbox again, or why they are not, as somebody asked."""

    command: Command
    outcomes: Sequence[tuple[Job, OSError | None]]
    declined: Sequence[str] = ()  # why others were not even tried


@dataclass(frozen=True, slots=True)
class Happened:
    """News of a job from a thread of our own."""

    job: JobId
    event: Event


class Signal(Enum):
    STOP = auto()
    RELOAD = auto()


@dataclass(frozen=True, slots=True)
class NoticeSent:
    """A notice reached its target, or was given up."""

    notice: int


Message = ChildOutput | Notice | Compared | Happened | Command | Returned | NoticeSent | Signal
Mailbox = SimpleQueue[Message]
"""Its `put` may be called from any thread, and from a signal handler."""
