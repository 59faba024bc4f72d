"""Notifications: what happened, and the facts about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from transcribid.domain.job import Job, JobId
from transcribid.domain.naming import printable
from transcribid.domain.quality import Verdict, judge
from transcribid.domain.transcript import Transcript


class Occasion(StrEnum):
    """What somebody may want to be notified of."""

    DONE = "done"  # a transcript that can be trusted
    REVIEW = "review"  # a transcript that somebody should check
    QUARANTINED = "quarantined"
    PAUSED = "paused"  # the daemon, by command
    BROKEN = "broken"  # the daemon: it cannot work


@dataclass(frozen=True, slots=True)
class News:
    event: Occasion
    reason: str = ""  # in sentences; empty if all is well
    job: JobId | None = None
    name: str = ""  # of the recording
    outputs: tuple[str, ...] = ()  # relative to the outbox
    verdict: str | None = None
    language: str | None = None
    duration: float | None = None  # seconds

    @property
    def sentence(self) -> str:
        """For a person, without the reason."""
        match self.event:
            case Occasion.DONE:
                return f"{self.name} was transcribed."
            case Occasion.REVIEW:
                return f"{self.name} was transcribed; please review it."
            case Occasion.QUARANTINED:
                return f"{self.name} cannot be transcribed."
            case Occasion.PAUSED:
                return "transcribid is paused."
            case Occasion.BROKEN:
                return "transcribid cannot transcribe."


def of_transcript(job: Job, transcript: Transcript, outputs: Sequence[str]) -> News:
    """`outputs` are the names of its files, in the planned folder."""
    quality = judge(transcript)
    folder, slash, _ = (job.plan.base if job.plan else "").rpartition("/")
    return News(
        Occasion.DONE if quality.verdict is Verdict.GOOD else Occasion.REVIEW,
        " ".join(quality.reasons),
        job.id,
        printable(job.source.name),
        tuple(printable(folder + slash + name) for name in outputs),
        quality.verdict,
        transcript.language,
        round(transcript.duration, 2),
    )


def of_failure(job: Job) -> News:
    failure = job.failure
    reason = f"{failure.message} {failure.remedy}".strip() if failure else ""
    return News(Occasion.QUARANTINED, reason, job.id, printable(job.source.name))


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification for one target, kept until it is sent."""

    id: int  # grows: the order of events
    target: str
    key: str  # the same, however often it is sent
    facts: str  # JSON
    since: float  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice that is not stored yet."""

    target: str
    key: str
    facts: str  # JSON
