"""Engines as the daemon has them, over children that only say what a test makes them say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from support import saboteur
from transcribid import starter
from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Performer
from transcribid.process.child import ChildOutput, Exited, Place
from transcribid.protocol.engine import (
    Cancel,
    Ready,
    Refusal,
    Request,
    Settings,
    Success,
    decode_request,
    decode_settings,
)
from transcribid.workers import Broken, Executor, News, Working, canary
from transcribid.workers.breaker import Breaker
from transcribid.workers.fallback import Fallback, steps
from transcribid.workers.process import Patience
from transcribid.workers.recycling import Upkeep
from transcribid.workers.supervisor import Care, Supervisor

SETTINGS = Settings("model", "cuda", "float16", cpu_allowed=True)
STARTUP, SILENCE = 600.0, 300.0  # seconds
PERFORMER = Performer("model", "cuda", "float16", "none")


def ready(slots: int = 3, concurrent_windows: int = 1) -> Ready:
    return Ready(PERFORMER, slots, concurrent_windows)


def died(signal: int = 6, at: float = 1e9) -> Exited:
    """After all that was started before."""
    return Exited(at, pid=42, status=-signal)


def success(job: int = 1) -> Success:
    return Success(JobId(job), 1, saboteur.transcript("hello"))


def refusal(kind: FailureKind, job: int = 1) -> Refusal:
    return Refusal(JobId(job), 1, Failure(kind, f"{kind}."))


@dataclass(eq=False)
class Puppet:
    """A child without a process."""

    settings: Settings
    sent: list[Request | Cancel] = field(default_factory=list[Request | Cancel])
    killed: bool = False

    def send(self, line: bytes) -> None:
        self.sent.append(decode_request(line))

    def kill(self) -> None:
        self.killed = True


class Stack:
    """An executor, its children, its clock, and all that it reported."""

    def __init__(
        self,
        wrap: Callable[[Supervisor], Executor],
        *,
        upkeep: Upkeep | None = None,
        self_test: bool = True,
    ) -> None:
        self.children: list[Puppet] = []
        self.now = 0.0
        self.news: list[News] = []
        care = Care(
            patience=Patience(STARTUP, SILENCE), upkeep=upkeep or Upkeep(), self_test=self_test
        )
        self.executor = wrap(Supervisor(SETTINGS, self._nobody, care, self._spawn))

    @property
    def child(self) -> Puppet:
        return self.children[-1]

    def warm(self) -> None:
        self.executor.warm(self.now)

    def start(self, *jobs: int) -> None:
        for job in jobs:
            request = Request(JobId(job), 1, "", "", Options(), 60.0, accept_partial=True)
            self.executor.start(request, self.now)

    def says(self, *words: object) -> None:
        """The youngest child."""
        for word in words:
            self.news += self.executor.receive(ChildOutput(self.child, word), self.now)

    def passes(self) -> None:
        """It loads, and transcribes the known clip."""
        clip = saboteur.transcript(starter.clip().reference)
        self.says(ready(), Success(canary.JOB, 1, clip))

    def fails(self, kind: FailureKind = FailureKind.ENGINE) -> None:
        """It loads, and cannot transcribe the known clip."""
        self.says(ready(), refusal(kind, canary.JOB))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.news += self.executor.tend(self.now)

    def close(self) -> None:
        self.news += self.executor.close()

    def reported(self) -> list[tuple[str, int]]:
        """What was reported since the last call, in short."""
        news, self.news = self.news, []
        return [_short(each) for each in news]

    def _spawn(
        self, command: Sequence[str], decode: object, post: object, place: Place
    ) -> Puppet:
        self.children.append(Puppet(decode_settings(command[-1])))
        return self.child

    def _nobody(self, output: ChildOutput) -> None:
        raise AssertionError("a puppet posts nothing")


def whole() -> Stack:
    """Breaker, fallback, supervisor and process."""
    return Stack(lambda inner: Breaker(0, Fallback(steps(SETTINGS, on_gpu=True), inner)))


def _short(news: News) -> tuple[str, int]:
    match news:
        case Working(number=number):
            return "working", number
        case Broken(failures=failures):
            return "broken", failures
        case Refusal(job=job, failure=failure):
            return str(failure.kind), job
        case Ready() as first:
            return "ready", first.slots
        case other:
            return type(other).__name__.lower(), getattr(other, "job", 0)
