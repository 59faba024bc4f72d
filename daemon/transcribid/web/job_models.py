"""Jobs in the API: types that the server writes and the command line reads."""

from collections.abc import Collection, Mapping
from textwrap import shorten

from pydantic import BaseModel

from transcribid.domain.events import Attributed, Delivered, Recognised, Transcribed
from transcribid.domain.job import Job, JobId, Moment, State
from transcribid.domain.naming import printable
from transcribid.domain.quality import verdict_and_reasons

_MAX_REASONS = 200  # characters of reasons in a list
_DONE = (Delivered.__name__, Recognised.__name__)
_JUDGED = (Transcribed.__name__, Attributed.__name__, Recognised.__name__)
OUTCOMES = (*_JUDGED, *_DONE)  # the events that say how a job ended; the latest counts


class JobView(BaseModel):
    id: int
    name: str
    size: int
    state: str
    waits: bool  # it has left the queue, but is not being processed yet
    attempt: int
    strikes: int
    admitted: float
    not_before: float
    reason: str | None
    message: str | None
    remedy: str | None
    gone: bool  # it failed, and its file has been removed since
    ended: float | None  # when it was delivered
    verdict: str | None  # of its transcript: good, review or partial
    reasons: str | None  # for the verdict, shortened

    @classmethod
    def of(
        cls,
        job: Job,
        moments: Mapping[str, Moment],
        *,
        gone: bool = False,
        running: Collection[JobId] = (),
    ) -> "JobView":
        """`moments` are the latest of its history by event; `running` the jobs running now."""
        failure = job.failure
        delivered = next((moments[event] for event in _DONE if event in moments), None)
        judged = [moments[event].note for event in _JUDGED if event in moments]
        quality = judged[-1] if delivered and judged else ""
        verdict, reasons = verdict_and_reasons(quality)
        return cls(
            id=job.id,
            name=printable(job.source.name),
            size=job.source.size,
            state=job.state,
            waits=job.state in (State.RUNNING, State.DIARIZING) and job.id not in running,
            attempt=job.attempt,
            strikes=job.strikes,
            admitted=job.admitted,
            not_before=job.not_before,
            reason=failure and failure.kind,
            message=failure and failure.message,
            remedy=failure and failure.remedy,
            gone=gone,
            ended=delivered and delivered.at,
            verdict=verdict or None,
            reasons=shorten(reasons, _MAX_REASONS, placeholder=" …") or None,
        )


class MomentView(BaseModel):
    at: float
    state: str
    event: str
    note: str

    @classmethod
    def of(cls, moment: Moment) -> "MomentView":
        return cls(at=moment.at, state=moment.state, event=moment.event, note=moment.note)


class JobDetail(JobView):
    sha256: str | None
    output: str | None
    detail: str | None
    history: list[MomentView]

    @classmethod
    def with_history(
        cls, job: Job, history: list[Moment], *, gone: bool, running: Collection[JobId]
    ) -> "JobDetail":
        moments = {moment.event: moment for moment in history}
        return cls(
            **JobView.of(job, moments, gone=gone, running=running).model_dump(),
            sha256=job.copy and job.copy.sha256,
            output=printable(job.plan.base) if job.plan else None,
            detail=job.failure and job.failure.detail,
            history=[MomentView.of(moment) for moment in history],
        )
