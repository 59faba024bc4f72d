"""What the API says, as types that the server writes and the command line reads."""

from pydantic import BaseModel

from transcribid.domain.job import Job, Moment
from transcribid.domain.naming import printable
from transcribid.executor import Broken, Working
from transcribid.ledger import Ledger
from transcribid.status import Running, Status

_SHOWN = 2000  # characters of a recording that is being heard
_NAMED = 100  # arriving files in a status at most


class RunningView(BaseModel):
    job: int
    name: str
    position: float
    duration: float | None
    speed: float
    remaining: float | None
    text: str  # the last of what was heard

    @classmethod
    def of(cls, running: Running) -> "RunningView":
        return cls(
            job=running.job,
            name=printable(running.name),
            position=running.position,
            duration=running.duration,
            speed=round(running.speed, 2),
            remaining=running.remaining,
            text=running.text[-_SHOWN:],
        )


class GpuView(BaseModel):
    name: str


class EngineView(BaseModel):
    number: int
    works: bool
    gpu: str | None
    message: str | None  # why it does not work
    remedy: str | None

    @classmethod
    def of(cls, engine: Working | Broken) -> "EngineView":
        failure = engine.failure if isinstance(engine, Broken) else None
        return cls(
            number=engine.number,
            works=failure is None,
            gpu=engine.gpu or None if isinstance(engine, Working) else None,
            message=failure and failure.message,
            remedy=failure and failure.remedy,
        )


class StatusView(BaseModel):
    status: str
    sentence: str
    paused: bool
    trouble: str | None
    since: float
    device: str | None
    model: str | None
    compute_type: str | None
    fallback: str | None  # why it is not what was asked for
    gpu: GpuView | None
    engines: list[EngineView]
    running: list[RunningView]
    settling: list[str]  # the first of them
    arriving: int  # how many there are
    skipped: int
    counts: dict[str, int]
    audio: float  # seconds transcribed since the daemon started
    verdicts: dict[str, int]  # of these transcripts

    @classmethod
    def of(cls, status: Status, ledger: Ledger) -> "StatusView":
        performer, working = status.performer, status.working
        return cls(
            status=status.word,
            sentence=status.sentence,
            paused=status.paused,
            trouble=status.trouble,
            since=status.since,
            device=performer and performer.device,
            model=performer and performer.model,
            compute_type=performer and performer.compute_type,
            fallback=performer and (performer.fallback or None),
            gpu=GpuView(name=working.gpu) if working and working.gpu else None,
            engines=[EngineView.of(engine) for engine in status.engines.values()],
            running=[RunningView.of(running) for running in status.running],
            settling=[printable(name) for name in status.settling[:_NAMED]],
            arriving=len(status.settling),
            skipped=status.skipped,
            counts={str(state): count for state, count in ledger.counts().items()},
            audio=round(status.totals.audio, 1),
            verdicts=dict(status.totals.verdicts),
        )


class JobView(BaseModel):
    id: int
    name: str
    size: int
    state: str
    attempt: int
    strikes: int
    admitted: float
    not_before: float
    reason: str | None
    message: str | None
    remedy: str | None

    @classmethod
    def of(cls, job: Job) -> "JobView":
        failure = job.failure
        return cls(
            id=job.id,
            name=printable(job.source.name),
            size=job.source.size,
            state=job.state,
            attempt=job.attempt,
            strikes=job.strikes,
            admitted=job.admitted,
            not_before=job.not_before,
            reason=failure and failure.kind,
            message=failure and failure.message,
            remedy=failure and failure.remedy,
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
    def with_history(cls, job: Job, history: list[Moment]) -> "JobDetail":
        return cls(
            **JobView.of(job).model_dump(),
            sha256=job.copy and job.copy.sha256,
            output=printable(job.plan.base) if job.plan else None,
            detail=job.failure and job.failure.detail,
            history=[MomentView.of(moment) for moment in history],
        )


class Answer(BaseModel):
    """One sentence for a person."""

    answer: str
