"""One engine in one child process, replaced whenever it dies."""

import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.symptoms import out_of_memory, recognised
from transcribid.process import rss
from transcribid.process.child import Worker, ending
from transcribid.protocol.engine import (
    Cancel,
    Decoding,
    Heard,
    Long,
    Progress,
    ProtocolError,
    Ready,
    Refusal,
    Reply,
    Request,
    Settings,
    Unable,
    Verdict,
    decode_reply,
    encode,
)
from transcribid.workers import Post, canary
from transcribid.workers.outstanding import Outstanding
from transcribid.workers.recycling import Upkeep, Wear

_MOST = 32  # requests at a time, whatever they are

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Program:
    called: str  # in messages
    command: Sequence[str]


ENGINE = Program("engine", (sys.executable, "-P", "-m", "transcribid.engine"))
DIARIZER = Program("diarizer", (sys.executable, "-P", "-m", "transcribid.diarizer"))


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds an engine may take."""

    startup: float = 600.0  # until the model is loaded
    silence: float = 300.0  # between replies


class ProcessExecutor:
    """A worker with as many slots as it says it has.

    The listener answers for requests: on a verdict, or on the worker's end.
    """

    def __init__(
        self,
        settings: Settings,
        post: Post,
        *,
        patience: Patience = Patience(),
        upkeep: Upkeep = Upkeep(),  # noqa: B008 - likewise
        tried: bool = False,
        program: Program = ENGINE,
    ) -> None:
        """`tried`: an engine is ready only when it has heard the known clip well."""
        self._command = [*program.command, encode(settings).decode()]
        self._called = program.called
        self._number = settings.gpu
        self._post = post
        self._patience = patience
        self._upkeep = upkeep
        self._trial = canary.Trial(patience.silence) if tried else None
        self._outstanding = Outstanding()
        self._slots = 1
        self._ready = False
        self._why_killed = ""
        self._unwanted = False  # we ended it, and not for something it did
        self._deadline = 0.0
        self._worker: Worker | None = None
        self._wear = Wear(upkeep, lambda: 0)

    def free_slots(self) -> int:
        """The last place is there again as soon as what has it turns out to be long."""
        if self._wear.worn or len(self._outstanding) >= _MOST:
            return 0
        long = min(self._outstanding.long, self._slots - 1)
        return max(0, self._slots - long - self._outstanding.unknown)

    def warm(self) -> None:
        self._live_worker()

    def start(self, request: Request) -> None:
        while self._live_worker():
            if self._entrusted(request):
                return  # else it ended just now, and the next will have it
        self._post(Refusal(request.job, request.attempt, _NO_PROCESS))

    def stop(self, job: JobId) -> None:
        if self._worker and self._outstanding.has(job):
            self._worker.send(encode(Cancel(job)))

    def tend(self, now: float) -> None:
        """End a worker that has been silent for too long, idle for too long, or is worn."""
        if self._worker and self._ready:
            self._rest(now)
        if (self._outstanding or not self._ready) and self._worker and now > self._deadline:
            waited = self._patience.silence if self._ready else self._patience.startup
            if self._trial and self._trial.on:
                waited = self._trial.limit
            self._kill(f"it said nothing for {waited:.0f} seconds")

    def _rest(self, now: float) -> None:
        """Only the end of its process gives back all the memory of a GPU."""
        busy = bool(self._outstanding)
        self._wear.look(now)
        if self._wear.worn and not busy:
            log.info("worker.recycled", called=self._called, message=self._wear.worn)
            self.close()
            self.warm()
        elif self._wear.idle_for_too_long(now, busy=busy):
            log.info("worker.unloaded", called=self._called, idle=self._upkeep.keep_alive)
            self.close()

    def memory(self) -> Mapping[int, int]:
        if self._worker is None or not self._worker.lives():
            return {}
        return {self._number: rss.of_family(self._worker.pid)}

    def close(self) -> None:
        self._kill("nobody needs it", wanted=True)
        if self._worker:
            self._worker.bury()
            self._worker = None

    def _kill(self, why: str, *, wanted: bool = False) -> None:
        if self._worker and self._worker.lives():
            self._why_killed, self._unwanted = why, wanted
            self._worker.kill()

    def _live_worker(self) -> bool:
        """Whether there is one now."""
        if self._worker and self._worker.lives() and not self._outstanding.ended:
            return True
        if self._worker:
            self._worker.kill()
            self._worker.bury()
            self._worker = None
        self._ready = False
        self._outstanding.reopen()
        self._why_killed, self._unwanted = "", False
        if self._trial:
            self._trial.on = False
        self._deadline = time.monotonic() + self._patience.startup
        try:
            worker = self._worker = Worker(self._command, self._listen)
        except OSError as error:
            message = f"The {self._called} cannot be started: {error.strerror}."
            failure = replace(_NO_PROCESS, message=message)
            self._give_up(Unable(failure, misconfigured=False))
            return False
        self._wear = Wear(self._upkeep, lambda: rss.of_family(worker.pid))
        return True

    def _entrusted(self, request: Request) -> bool:
        if self._ready and not self._outstanding:
            self._deadline = time.monotonic() + self._patience.silence
        return self._outstanding.add(request)

    def _listen(self, worker: Worker) -> None:
        try:
            for line in worker.lines():
                self._hear(decode_reply(line), worker)
        except ProtocolError as error:
            self._why_killed = f"it does not speak our language: {error}"
            worker.kill()
        status = worker.wait()
        self._lose(worker, ending(status))

    def _hear(self, reply: Reply, worker: Worker) -> None:
        match reply:
            case Ready():
                self._begin(reply, worker)
            case Unable():
                self._unwanted = True  # its end is no news
                self._give_up(reply)
            case (
                Progress(job=canary.JOB)
                | Heard(job=canary.JOB)
                | Decoding(job=canary.JOB)
                | Long(job=canary.JOB)
            ):
                return
            case Decoding():
                self._outstanding.note(reply)
            case Long():
                self._outstanding.note_long(reply)
            case Progress() | Heard():
                self._deadline = time.monotonic() + self._patience.silence
                self._post(reply)
            case _:
                self._settle(reply, worker)

    def _begin(self, ready: Ready, worker: Worker) -> None:
        if self._trial is None:
            self._trust(ready, worker)
            return
        for request in self._trial.begin(ready, time.monotonic()):
            worker.send(encode(request))
        self._deadline = time.monotonic() + self._trial.limit

    def _trust(self, ready: Ready, worker: Worker) -> None:
        self._slots, self._ready = ready.slots, True
        self._deadline = time.monotonic() + self._patience.silence
        self._outstanding.begin(lambda request: worker.send(encode(request)))
        self._post(ready)

    def _settle(self, verdict: Verdict, worker: Worker) -> None:
        if self._trial and verdict.job == canary.JOB:
            self._try(self._trial, verdict, worker)
            return
        self._deadline = time.monotonic() + self._patience.silence
        if self._outstanding.answered(verdict):
            self._wear.note_heard()
            self._post(verdict)

    def _try(self, on_trial: canary.Trial, verdict: Verdict, worker: Worker) -> None:
        if ready := on_trial.hear(verdict, time.monotonic()):
            self._trust(ready, worker)
        elif failure := on_trial.failure:
            self._unwanted = True
            worker.kill()
            self._give_up(Unable(failure, misconfigured=False))

    def _lose(self, worker: Worker, ended: str) -> None:
        why = f" because {self._why_killed}" if self._why_killed else ""
        message = f"The {self._called} (process {worker.pid}) {ended}{why}."
        words = worker.last_words()
        if not self._ready and not self._unwanted:
            at = "while it heard the test clip" if self._on_trial else "before it was ready"
            failure = _explained(f"{message[:-1]}, {at}.", words)
            self._unwanted = True  # said once
            self._give_up(Unable(failure, misconfigured=False))
            return
        remedy = _KILLED if ended == ending(-signal.SIGKILL) and not why else ""
        failure = Failure(FailureKind.LOST, message, remedy, words)
        blamed, others = self._outstanding.end()
        if blamed:
            why_lost = _BYSTANDER if self._unwanted else failure
            self._post(Refusal(blamed.job, blamed.attempt, why_lost))
        for request in others:
            self._post(Refusal(request.job, request.attempt, _BYSTANDER))

    @property
    def _on_trial(self) -> bool:
        return self._trial is not None and self._trial.on

    def _give_up(self, unable: Unable) -> None:
        """Not a recording's fault: say so to all jobs, then to everybody."""
        unheard = replace(unable.failure, kind=FailureKind.UNABLE)  # whatever was too short
        blamed, others = self._outstanding.end()
        for request in [blamed, *others] if blamed else others:
            self._post(Refusal(request.job, request.attempt, unheard))
        self._post(unable)


def _explained(message: str, words: str) -> Failure:
    symptom = recognised(words)
    if symptom is None:
        remedy = "Its last lines say why; ask: transcribid doctor."
        return Failure(FailureKind.UNABLE, message, remedy, words)
    kind = FailureKind.MEMORY if out_of_memory(words) else FailureKind.UNABLE
    return Failure(kind, f"{message} {symptom.cause}", symptom.remedy, words)


_KILLED = "Perhaps memory was short: ask the kernel, with `journalctl -k -g oom`."
_NO_PROCESS = Failure(
    FailureKind.UNABLE,
    "No process can be started for it.",
    "See how many files and processes the daemon may have: `systemctl show`, `ulimit -a`.",
)
_BYSTANDER = Failure(
    FailureKind.BYSTANDER, "The engine ended while it worked on another recording."
)
