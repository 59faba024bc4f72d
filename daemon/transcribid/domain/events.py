"""What may happen to a job."""

from dataclasses import dataclass

from transcribid.domain.job import Copy, Failure, Plan


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A slot is free and it is the job's turn."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A private copy of the source is ready."""

    attempt: int
    copy: Copy


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The transcript is stored on disk."""

    attempt: int
    quality: str = ""  # as text, for the job's history
    speakers: bool = False  # diarization is still to be done


@dataclass(frozen=True, slots=True)
class Attributed:
    """The transcript is stored with its speakers, or with the reason why it has none."""

    attempt: int
    quality: str = ""  # as text, for the job's history


@dataclass(frozen=True, slots=True)
class Failed:
    attempt: int
    failure: Failure
    progressed: bool = False  # it got further than the attempts before
    strict: bool = False  # it accepted only a complete recording


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The daemon withdrew the attempt; the file is not to blame."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Planned:
    """Free names for the outputs were chosen."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Contested:
    """Somebody else's file appeared where an output was to go."""


@dataclass(frozen=True, slots=True)
class TranscriptLost:
    """The stored transcript can no longer be read; the source can be transcribed again."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Its outputs are in the outbox already, from before the ledger was lost."""

    copy: Copy
    plan: Plan
    quality: str = ""  # as text, for the job's history


@dataclass(frozen=True, slots=True)
class Delivered:
    """Every output is in the outbox and the source was moved away."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The report is in quarantine, and so is the source if it could be moved."""

    moved: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The source left the inbox, or another version of it took its place."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A person asked for it."""


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Its file was given up and is gone, and a person acknowledged that."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """It was given up, and a newer job handles its file."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The daemon started and found this job unfinished."""

    blamed: bool  # it was the first that ran: it may have killed the daemon


Answer = Staged | Transcribed | Attributed | Failed | Interrupted
Event = (
    Dispatched
    | Answer
    | Planned
    | Contested
    | TranscriptLost
    | Recognised
    | Delivered
    | Quarantined
    | Withdrawn
    | Cancelled
    | Dismissed
    | Superseded
    | Recovered
)
