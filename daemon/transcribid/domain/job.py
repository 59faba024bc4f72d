"""What a job is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

JobId = NewType("JobId", int)


class State(StrEnum):
    """Where a job is. ARCHITECTURE.md says what is on disk in each state."""

    QUEUED = "queued"
    STAGING = "staging"
    RUNNING = "running"
    DIARIZING = "diarizing"  # its words are kept; who said them is being found out
    DELIVERING = "delivering"
    QUARANTINING = "quarantining"
    DONE = "done"
    QUARANTINED = "quarantined"
    BLOCKED = "blocked"  # given up, but the file stays in the inbox
    CANCELLED = "cancelled"  # by command; the file stays in the inbox
    WITHDRAWN = "withdrawn"  # its file left the inbox or was replaced


ENDED = frozenset(
    (State.DONE, State.QUARANTINED, State.BLOCKED, State.CANCELLED, State.WITHDRAWN)
)

GIVEN_UP = frozenset((State.QUARANTINED, State.BLOCKED))


class FailureKind(StrEnum):
    """Why an attempt failed; this alone decides whether we try again."""

    BAD_INPUT = "bad_input"  # the file is to blame: never again
    INCOMPLETE = "incomplete"  # the file may still be on its way: wait while it is young
    WRITING = "writing"  # a program has it open for writing: wait as long as it takes
    ENGINE = "engine"  # the engine refused: again, later
    LOST = "lost"  # the worker died or fell silent: again, later
    MEMORY = "memory"  # it does not fit into the memory, however little is heard at once
    STORAGE = "storage"  # a disk refused: wait until it does not
    BYSTANDER = "bystander"  # taken back for a reason that is not its own: again at once
    UNABLE = "unable"  # the engine cannot run at all: not the file's fault


@dataclass(frozen=True, slots=True)
class Failure:
    kind: FailureKind
    message: str  # one plain sentence
    remedy: str = ""  # what to do about it
    detail: str = ""  # the last lines the engine wrote, a library's own words

    @property
    def sentence(self) -> str:
        """What happened, what was said last, and what to do."""
        said = self.detail.strip().rsplit("\n", 1)[-1]
        return " ".join(filter(None, (self.message, said and f"({said})", self.remedy)))


@dataclass(frozen=True, slots=True)
class Source:
    """One version of one file in the inbox; a changed file is another source."""

    name: str  # relative to the inbox; bytes that are not UTF-8 as surrogates
    size: int  # bytes
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Copy:
    """What was staged: the transcript is of these bytes."""

    sha256: str  # in hexadecimal
    inode: int  # of the source, when it was read
    ctime_ns: int  # likewise; while both stay, so do the bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a set of outputs goes, decided before the first of them is named."""

    base: str  # relative to the outbox, without the format
    replaces: tuple[str, ...] = ()  # names of an older set of the same recording


@dataclass(frozen=True, slots=True)
class Job:
    id: JobId
    source: Source
    admitted: float  # seconds since the epoch
    wishes: str = ""  # options of whoever asked for it, in JSON
    state: State = State.QUEUED
    attempt: int = 0  # grows with every start: tells late words from current ones
    strikes: int = 0  # failures that count against the file
    urgent: bool = False  # somebody waits for it
    waits: int = 0  # times it was found to be unfinished
    not_before: float = 0.0  # seconds since the epoch
    copy: Copy | None = None
    plan: Plan | None = None
    failure: Failure | None = None  # of the last attempt


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a job's history."""

    at: float  # seconds since the epoch
    state: State
    event: str
    note: str
