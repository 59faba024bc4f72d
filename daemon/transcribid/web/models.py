"""API models that the server writes and the command line reads."""

from pydantic import BaseModel

from transcribid.domain.naming import printable
from transcribid.ledger import Ledger
from transcribid.protocol.engine import Phase
from transcribid.service.status import Running, Status
from transcribid.workers import Broken, Working

_MAX_TEXT = 2000  # characters of a running recording
_MAX_SETTLING = 100  # names of arriving files in a status


class RunningView(BaseModel):
    job: int
    name: str
    position: float
    duration: float | None
    speed: float
    remaining: float | None
    text: str  # the end of the text so far
    phase: Phase  # position, speed and remaining refer to it

    @classmethod
    def of(cls, running: Running) -> "RunningView":
        return cls(
            job=running.job,
            name=printable(running.name),
            position=running.position,
            duration=running.duration,
            speed=round(running.speed, 2),
            remaining=running.remaining,
            text=running.text[-_MAX_TEXT:],
            phase=running.phase,
        )


class GpuView(BaseModel):
    name: str


class EngineView(BaseModel):
    number: int
    works: bool
    device: str | None
    gpu: str | None
    message: str | None  # why it does not work
    remedy: str | None

    @classmethod
    def of(cls, engine: Working | Broken) -> "EngineView":
        working = engine if isinstance(engine, Working) else None
        failure = engine.failure if isinstance(engine, Broken) else None
        return cls(
            number=engine.number,
            works=working is not None,
            device=working and working.performer.device,
            gpu=working and (working.gpu or None),
            message=failure and failure.message,
            remedy=failure and failure.remedy,
        )


class StatusView(BaseModel):
    status: str
    sentence: str
    paused: bool
    trouble: str | None
    warnings: list[str]  # degradations that last until the daemon restarts
    since: float
    device: str | None
    model: str | None
    compute_type: str | None
    fallback: str | None  # why the device is not the configured one
    gpu: GpuView | None
    engines: list[EngineView]
    running: list[RunningView]
    settling: list[str]  # the first arriving files
    arriving: int  # how many files are arriving
    skipped: int  # ignored inbox entries; /skipped says why
    counts: dict[str, int]
    audio: float  # seconds transcribed since the daemon started
    verdicts: dict[str, int]  # of transcripts since then

    @classmethod
    def of(cls, status: Status, ledger: Ledger) -> "StatusView":
        performer, working = status.performer, status.working
        return cls(
            status=status.word,
            sentence=status.sentence,
            paused=status.paused,
            trouble=status.trouble,
            warnings=list(status.warnings),
            since=status.since,
            device=performer and performer.device,
            model=performer and performer.model,
            compute_type=performer and performer.compute_type,
            fallback=performer and (performer.fallback or None),
            gpu=GpuView(name=working.gpu) if working and working.gpu else None,
            engines=[EngineView.of(engine) for engine in status.engines.values()],
            running=[RunningView.of(running) for running in status.running],
            settling=[printable(name) for name in status.settling[:_MAX_SETTLING]],
            arriving=len(status.settling),
            skipped=len(status.skipped),
            counts={str(state): count for state, count in ledger.counts().items()},
            audio=round(status.totals.audio, 1),
            verdicts=dict(status.totals.verdicts),
        )


class SkippedView(BaseModel):
    """A skipped entry of the inbox."""

    name: str
    reason: str


class Answer(BaseModel):
    """A message for the user."""

    answer: str
