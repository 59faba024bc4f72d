"""One engine: one process at a time, replaced when it ends, is worn, or has been idle."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from transcribid.domain.job import JobId
from transcribid.process.child import Child, ChildOutput, Place
from transcribid.protocol.engine import Request, Settings, decode_reply, encode
from transcribid.workers import News, canary
from transcribid.workers.process import EngineProcess, Handle, Patience
from transcribid.workers.recycling import Upkeep

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Program:
    name: str  # in messages
    command: Sequence[str]


ENGINE = Program("engine", (sys.executable, "-P", "-m", "transcribid.engine"))
DIARIZER = Program("diarizer", (sys.executable, "-P", "-m", "transcribid.diarizer"))


@dataclass(frozen=True, slots=True)
class Care:
    """How the processes of an engine are run."""

    program: Program = ENGINE
    patience: Patience = field(default_factory=Patience)
    upkeep: Upkeep = field(default_factory=Upkeep)
    self_test: bool = True  # ready only once it has transcribed the known clip
    place: Place = field(default_factory=Place)


Post = Callable[[ChildOutput], None]
Spawn = Callable[[Sequence[str], Callable[[bytes], object], Post, Place], Handle]


class Supervisor:
    def __init__(
        self, settings: Settings, post: Post, care: Care, spawn: Spawn = Child
    ) -> None:
        """`post` passes a child's output to the main thread, which calls `receive`."""
        self._spawn = spawn
        self._settings = settings
        self._post = post
        self._care = care
        self._trial = canary.Canary(care.patience.silence) if care.self_test else None
        self._process: EngineProcess | None = None

    def adjust(self, settings: Settings) -> None:
        """Use these settings from the next process on."""
        self._settings = settings

    def free_slots(self) -> int:
        return self._process.free_slots() if self._process else 1

    def warm(self, now: float) -> None:
        self._ensure_process(now)

    def start(self, request: Request, now: float) -> None:
        self._ensure_process(now).start(request, now)

    def stop(self, job: JobId) -> None:
        if self._process:
            self._process.stop(job)

    def receive(self, output: ChildOutput, now: float) -> list[News]:
        if self._process is None or output.child is not self._process.child:
            return []
        news = self._process.receive(output.message, now)
        self._drop_ended()
        return news

    def tend(self, now: float) -> list[News]:
        if self._process is None:
            return []
        news = self._process.tend(now)
        self._drop_ended()
        if self._process and self._process.ready and not self._process.busy:
            self._retire_if_due(self._process, now)
        return news

    def memory(self) -> Mapping[int, int]:
        return {self._settings.gpu: self._process.memory} if self._process else {}

    def close(self) -> list[News]:
        process, self._process = self._process, None
        return process.close() if process else []

    def _ensure_process(self, now: float) -> EngineProcess:
        """The current process, or a new one."""
        if self._process is None:
            if self._trial:
                self._trial.running = False
            care = self._care
            command = [*care.program.command, encode(self._settings).decode()]
            child = self._spawn(command, decode_reply, self._post, care.place)
            self._process = EngineProcess(
                child,
                self._care.program.name,
                self._care.patience,
                self._care.upkeep,
                self._trial,
                now,
            )
        return self._process

    def _drop_ended(self) -> None:
        if self._process and self._process.ended:
            self._process = None

    def _retire_if_due(self, process: EngineProcess, now: float) -> None:
        """Only the end of the process frees all its GPU memory."""
        name = self._care.program.name
        if process.wear.worn:
            log.info("worker.recycled", called=name, message=process.wear.worn)
            self.close()
            self.warm(now)
        elif process.wear.idle_for_too_long(now):
            log.info("worker.unloaded", called=name, idle=self._care.upkeep.keep_alive)
            self.close()
