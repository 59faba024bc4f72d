"""Logs jobs: one line for each transition."""

import structlog

from transcribid.domain.events import Attributed, Event, Recognised, Transcribed
from transcribid.domain.job import Job
from transcribid.domain.naming import printable
from transcribid.domain.quality import Quality
from transcribid.domain.transcript import Speakers, Transcript

log = structlog.get_logger()


def log_transition(before: Job, after: Job) -> None:
    """One line for each transition."""
    facts: dict[str, object] = {"job": after.id, "name": printable(after.source.name)}
    if after.attempt:
        facts["attempt"] = after.attempt
    if after.failure and after.failure != before.failure:
        facts |= {"reason": after.failure.kind, "message": after.failure.message}
    if after.state is not before.state:
        log.info(f"job.{after.state}", **facts)


def history_note(job: Job, event: Event) -> str:
    """The note on an event in the job's history."""
    if isinstance(event, Transcribed | Attributed | Recognised):
        return event.quality
    return job.failure.message if job.failure else ""


def log_speakers(job: Job, transcript: Transcript, quality: Quality) -> None:
    """Log the number of speakers, or why they are unknown."""
    found = transcript.speakers or Speakers()
    log.info(
        "job.attributed",
        job=job.id,
        speakers=len(found.names),
        failure=found.failure or None,
        seconds=round(found.seconds, 2),
        quality=quality.verdict,
    )


def log_transcribed(job: Job, transcript: Transcript, quality: Quality) -> None:
    log.info(
        "job.transcribed",
        job=job.id,
        language=transcript.language,
        duration=round(transcript.duration, 2),
        seconds=round(transcript.seconds, 2),
        speed=round(transcript.duration / max(transcript.seconds, 0.001), 1),
        segments=len(transcript.segments),
        device=transcript.performer.device,
        quality=quality.verdict,
        reasons=list(quality.reasons),
    )
