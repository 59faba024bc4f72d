"""One engine: a process at a time, replaced when it ended, is worn, or was idle for long."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from transcribid.domain.job import JobId
from transcribid.process.child import Child, Place, Said
from transcribid.protocol.engine import Request, Settings, decode_reply, encode
from transcribid.workers import News, canary
from transcribid.workers.process import EngineProcess, Handle, Patience
from transcribid.workers.recycling import Upkeep

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Program:
    called: str  # in messages
    command: Sequence[str]


ENGINE = Program("engine", (sys.executable, "-P", "-m", "transcribid.engine"))
DIARIZER = Program("diarizer", (sys.executable, "-P", "-m", "transcribid.diarizer"))


@dataclass(frozen=True, slots=True)
class Care:
    """How the processes of an engine are run."""

    program: Program = ENGINE
    patience: Patience = field(default_factory=Patience)
    upkeep: Upkeep = field(default_factory=Upkeep)
    tried: bool = True  # ready only when it has transcribed the known clip well
    place: Place = field(default_factory=Place)


Post = Callable[[Said], None]
Spawn = Callable[[Sequence[str], Callable[[bytes], object], Post, Place], Handle]


class Supervisor:
    def __init__(
        self, settings: Settings, post: Post, care: Care, spawn: Spawn = Child
    ) -> None:
        """`post` puts what a child says before the deciding thread, which calls `hear`."""
        self._spawn = spawn
        self._settings = settings
        self._post = post
        self._care = care
        self._trial = canary.Canary(care.patience.silence) if care.tried else None
        self._process: EngineProcess | None = None

    def adjust(self, settings: Settings) -> None:
        """For the processes to come."""
        self._settings = settings

    def free_slots(self) -> int:
        return self._process.free_slots() if self._process else 1

    def warm(self, now: float) -> None:
        self._live(now)

    def start(self, request: Request, now: float) -> None:
        self._live(now).start(request, now)

    def stop(self, job: JobId) -> None:
        if self._process:
            self._process.stop(job)

    def hear(self, said: Said, now: float) -> list[News]:
        if self._process is None or said.child is not self._process.child:
            return []
        news = self._process.hear(said.word, now)
        self._bury()
        return news

    def tend(self, now: float) -> list[News]:
        if self._process is None:
            return []
        news = self._process.tend(now)
        self._bury()
        if self._process and self._process.ready and not self._process.busy:
            self._rest(self._process, now)
        return news

    def memory(self) -> Mapping[int, int]:
        return {self._settings.gpu: self._process.memory} if self._process else {}

    def close(self) -> list[News]:
        process, self._process = self._process, None
        return process.close() if process else []

    def _live(self, now: float) -> EngineProcess:
        """The one that there is, or another."""
        if self._process is None:
            if self._trial:
                self._trial.on = False
            care = self._care
            command = [*care.program.command, encode(self._settings).decode()]
            child = self._spawn(command, decode_reply, self._post, care.place)
            self._process = EngineProcess(
                child,
                self._care.program.called,
                self._care.patience,
                self._care.upkeep,
                self._trial,
                now,
            )
        return self._process

    def _bury(self) -> None:
        if self._process and self._process.over:
            self._process = None

    def _rest(self, process: EngineProcess, now: float) -> None:
        """Only the end of its process gives back all the memory of a GPU."""
        called = self._care.program.called
        if process.wear.worn:
            log.info("worker.recycled", called=called, message=process.wear.worn)
            self.close()
            self.warm(now)
        elif process.wear.idle_for_too_long(now):
            log.info("worker.unloaded", called=called, idle=self._care.upkeep.keep_alive)
            self.close()
