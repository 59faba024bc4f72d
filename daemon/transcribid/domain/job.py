"""A job and its parts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol, Self

JobId = NewType("JobId", int)


class State(StrEnum):
    """Where a job is. ARCHITECTURE.md says what is on disk in each state."""

    QUEUED = "queued"
    STAGING = "staging"
    RUNNING = "running"
    DIARIZING = "diarizing"  # its words are stored; speakers are being assigned
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
    """Why an attempt failed; this alone decides whether it is retried."""

    BAD_INPUT = "bad_input"  # the file is to blame: never again
    INCOMPLETE = "incomplete"  # the file may still be on its way: wait while it is young
    WRITING = "writing"  # a program has it open for writing: wait as long as it takes
    ENGINE = "engine"  # the engine refused: retry later
    LOST = "lost"  # the worker died or hung: retry later
    PREPARER = "preparer"  # the process that decodes it died or hung: retry alone
    STARVED = "starved"  # likewise, because the machine ran out of memory: retry later
    MEMORY = "memory"  # it does not fit into memory even with the smallest batch
    STORAGE = "storage"  # a disk error: wait until it is gone
    BYSTANDER = "bystander"  # withdrawn through no fault of its own: retry at once
    UNABLE = "unable"  # the engine cannot run at all: not the file's fault


@dataclass(frozen=True, slots=True)
class Failure:
    kind: FailureKind
    message: str  # one plain sentence
    remedy: str = ""  # what to do about it
    detail: str = ""  # the last lines of the engine's output, or a library's own message

    @property
    def sentence(self) -> str:
        """What happened, the last line of the detail, and what to do."""
        last = self.detail.strip().rsplit("\n", 1)[-1]
        return " ".join(filter(None, (self.message, last and f"({last})", self.remedy)))


class FileFacts(Protocol):
    """What stat(2) reports about a file, as in `os.stat_result`."""

    @property
    def st_size(self) -> int: ...
    @property
    def st_ino(self) -> int: ...
    @property
    def st_mtime_ns(self) -> int: ...
    @property
    def st_ctime_ns(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Source:
    """One version of one file in the inbox; a changed file is another source."""

    name: str  # relative to the inbox; bytes that are not UTF-8 as surrogates
    size: int  # bytes
    mtime_ns: int  # in 64 bits

    @classmethod
    def of(cls, name: str, facts: FileFacts) -> Self:
        return cls(name, facts.st_size, in_64_bits(facts.st_mtime_ns))

    def matches(self, facts: FileFacts) -> bool:
        """Whether a file with these facts is still this version."""
        return Source.of(self.name, facts) == self


@dataclass(frozen=True, slots=True)
class Copy:
    """What was staged: the bytes that are transcribed."""

    sha256: str  # in hexadecimal
    inode: int  # of the source, when it was read; in 64 bits
    ctime_ns: int  # likewise; while both are unchanged, so are the bytes

    @classmethod
    def of(cls, sha256: str, facts: FileFacts) -> Self:
        return cls(sha256, *identity(facts))


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a set of outputs goes, decided before the first of them is published."""

    base: str  # relative to the outbox, without the format
    replaces: tuple[str, ...] = ()  # names of an older set of the same recording


@dataclass(frozen=True, slots=True)
class Job:
    id: JobId
    source: Source
    admitted: float  # seconds since the epoch
    overrides: str = ""  # requested options, in JSON
    state: State = State.QUEUED
    attempt: int = 0  # grows with every start: distinguishes late replies from current ones
    strikes: int = 0  # failures that count against the file
    urgent: bool = False  # a client waits for it
    waits: int = 0  # times it was found to be unfinished
    losses: int = 0  # times its stored transcript could not be read back
    deaths: int = 0  # consecutive deaths of the process that decodes it
    starvations: int = 0  # times the kernel killed such a process because memory ran out
    not_before: float = 0.0  # seconds since the epoch
    copy: Copy | None = None
    plan: Plan | None = None
    failure: Failure | None = None  # of the last attempt


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of a job's history."""

    at: float  # seconds since the epoch
    state: State
    event: str
    note: str


def identity(facts: FileFacts) -> tuple[int, int]:
    """Inode and change time, which cannot be forged, each in 64 bits."""
    return in_64_bits(facts.st_ino), in_64_bits(facts.st_ctime_ns)


def in_64_bits(number: int) -> int:
    """As SQLite stores integers; inodes and times (after 2262) may exceed that."""
    return (number + 2**63) % 2**64 - 2**63
