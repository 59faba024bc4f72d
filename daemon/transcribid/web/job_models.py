"""What the API says of jobs, as types that the server writes and the command line reads."""

from collections.abc import Collection, Mapping
from textwrap import shorten
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel

from transcribid.domain.events import Attributed, Delivered, Recognised, Transcribed
from transcribid.domain.job import Job, JobId, Moment, State
from transcribid.domain.naming import printable
from transcribid.domain.quality import verdict_and_reasons

_SENTENCES = 200  # characters of reasons in a list
_DONE = (Delivered.__name__, Recognised.__name__)
_JUDGED = (Transcribed.__name__, Attributed.__name__, Recognised.__name__)
TOLD = (*_JUDGED, *_DONE)  # the events that say how it ended; a later one has the last word

Number = Annotated[int, Path(ge=0, lt=2**63)]  # of a job: as large as the ledger's may be


class JobView(BaseModel):
    id: int
    name: str
    size: int
    state: str
    waits: bool  # it has left the queue, and nothing of it is being heard yet
    attempt: int
    strikes: int
    admitted: float
    not_before: float
    reason: str | None
    message: str | None
    remedy: str | None
    gone: bool  # it was given up, and its file was removed since
    ended: float | None  # when it was done
    verdict: str | None  # of its transcript: good, review or partial
    reasons: str | None  # for that, in short

    @classmethod
    def of(
        cls,
        job: Job,
        moments: Mapping[str, Moment],
        *,
        gone: bool = False,
        heard: Collection[JobId] = (),
    ) -> "JobView":
        """`moments` are the last of its history, by their events; `heard` is heard now."""
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
            waits=job.state in (State.RUNNING, State.DIARIZING) and job.id not in heard,
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
            reasons=shorten(reasons, _SENTENCES, placeholder=" …") or None,
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
        cls, job: Job, history: list[Moment], *, gone: bool, heard: Collection[JobId]
    ) -> "JobDetail":
        moments = {moment.event: moment for moment in history}
        return cls(
            **JobView.of(job, moments, gone=gone, heard=heard).model_dump(),
            sha256=job.copy and job.copy.sha256,
            output=printable(job.plan.base) if job.plan else None,
            detail=job.failure and job.failure.detail,
            history=[MomentView.of(moment) for moment in history],
        )
