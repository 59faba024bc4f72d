"""What may happen to a job."""

from dataclasses import dataclass

from transcribid.domain.job import Copy, Failure, Plan


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A slot is free and the job's turn has come."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A private copy of the source is ready."""

    attempt: int
    copy: Copy


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The transcript is kept on disk."""

    attempt: int
    quality: str = ""  # in words, for the job's history
    speakers: bool = False  # who said what is yet to be found out


@dataclass(frozen=True, slots=True)
class Attributed:
    """The transcript is kept with its speakers, or with the reason why it has none."""

    attempt: int
    quality: str = ""  # in words, for the job's history


@dataclass(frozen=True, slots=True)
class Failed:
    attempt: int
    failure: Failure
    progressed: bool = False  # it got further than the attempts before
    strict: bool = False  # it would have taken only a whole recording


@dataclass(frozen=True, slots=True)
class Interrupted:
    """We take the attempt back in good order; the file is not to blame."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A free place for the outputs was chosen."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Contested:
    """Somebody else's file appeared where an output was to go."""


@dataclass(frozen=True, slots=True)
class TranscriptLost:
    """What was kept can no longer be read; the source can still be heard again."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Its outputs lie in the outbox already, from before the ledger was lost."""

    copy: Copy
    plan: Plan
    quality: str = ""  # in words, for the job's history


@dataclass(frozen=True, slots=True)
class Delivered:
    """Every output is in the outbox and the source is put away."""


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
    """Its file was given up and is gone, and a person took note of that."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """It was given up, and a younger job is about its file."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The daemon started and found this job unfinished."""

    blamed: bool  # it was the first that ran: the daemon may have died of it


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
