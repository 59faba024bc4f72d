"""One engine process, from its start to its end, as a plain object.

    starting --Ready--> on trial --the known clip--> ready --> ended
        \\___________________\\__________________________\\___Unable, death, silence

It takes requests from the start and sends them when the engine is ready. Replies move a
deadline: `Patience.startup` until it is ready, `Patience.silence` between replies after that.
A process that misses it is killed, and its requests are answered when its end is reported, or
when that takes too long: a process that hangs in a driver cannot even be killed. Which request
is to blame for its death is decided in `outstanding`; what follows, further out.
"""

import signal
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.symptoms import out_of_memory, recognised
from transcribid.process.child import Exited, Garbled, Memory, ending
from transcribid.protocol.engine import (
    Cancel,
    Decoding,
    Long,
    Progress,
    Ready,
    Refusal,
    Request,
    Success,
    Unable,
    Verdict,
    WindowDone,
    encode,
)
from transcribid.workers import News, canary
from transcribid.workers.outstanding import Outstanding
from transcribid.workers.recycling import Upkeep, Wear

_MAX_OUTSTANDING = 32  # requests at a time, of any kind
_KILL_TIMEOUT = 30.0  # seconds that a killed process may take to end


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds an engine may take."""

    startup: float = 600.0  # until the model is loaded
    silence: float = 300.0  # between replies


class Handle(Protocol):
    """The part of `Child` that is used here."""

    def send(self, line: bytes) -> None: ...
    def kill(self) -> None: ...


class EngineProcess:
    def __init__(
        self,
        child: Handle,
        name: str,
        patience: Patience,
        upkeep: Upkeep,
        trial: canary.Canary | None,
        now: float,
    ) -> None:
        """`name`: for messages. With a trial, the process is ready only after passing it."""
        self.child = child
        self.ended = False  # it will report nothing more
        self.ready = False
        self.memory = 0  # bytes; 0 until measured
        self.wear = Wear(upkeep)
        self._name = name
        self._patience = patience
        self._trial = trial
        self._outstanding = Outstanding()
        self._slots = 1
        self._why_killed = ""
        self._deadline = now + patience.startup

    @property
    def busy(self) -> bool:
        return bool(self._outstanding)

    def free_slots(self) -> int:
        """The last slot is freed as soon as its recording turns out to be long."""
        if self.wear.worn or len(self._outstanding) >= _MAX_OUTSTANDING:
            return 0
        long = min(self._outstanding.long, self._slots - 1)
        return max(0, self._slots - long - self._outstanding.unknown)

    def start(self, request: Request, now: float) -> None:
        if self.ready and not self.busy:
            self._deadline = now + self._patience.silence
        self._outstanding.add(request, now)
        self.wear.note_started()
        if self.ready:
            self.child.send(encode(request))

    def stop(self, job: JobId) -> None:
        if self._outstanding.has(job):
            self.child.send(encode(Cancel(job)))

    def receive(self, message: object, now: float) -> list[News]:
        match message:
            case Ready():
                return self._begin(message, now)
            case Unable():
                return self._give_up(message)
            case Decoding():
                self._outstanding.note(message)
            case Long():
                self._outstanding.note_long(message)
            case Progress() | WindowDone() if message.job != canary.JOB:
                self._deadline = now + self._patience.silence
                return [message]
            case Success() | Refusal():
                return self._settle(message, now)
            case Memory(size=size):
                self.memory = size
                self.wear.note_memory(size)
            case Garbled(why=why):
                self._why_killed = f"it sent an invalid message: {why}"
            case Exited():
                return self._lose(message)
            case _:
                pass
        return []

    def tend(self, now: float) -> list[News]:
        """Kill the process when it has been silent for too long."""
        if now <= self._deadline or not (self.busy or not self.ready):
            return []
        if self._why_killed:
            return self._lose(Exited(now, status=-signal.SIGKILL))
        waited = self._patience.silence if self.ready else self._patience.startup
        if self._trial and self._trial.running:
            waited = self._trial.limit
        self._why_killed = f"it did not respond for {waited:.0f} seconds"
        self._deadline = now + _KILL_TIMEOUT
        self.child.kill()
        return []

    def close(self) -> list[News]:
        """Kill the process; it is no longer needed."""
        self.child.kill()
        self.ended = True
        return _refused(self._outstanding.take(), _BYSTANDER)

    def _begin(self, ready: Ready, now: float) -> list[News]:
        if self._trial is None:
            return self._trust(ready, now)
        for request in self._trial.begin(ready, now):
            self.child.send(encode(request))
        self._deadline = now + self._trial.limit
        return []

    def _trust(self, ready: Ready, now: float) -> list[News]:
        self._slots, self.ready = ready.slots, True
        self._deadline = now + self._patience.silence
        for request in self._outstanding.requests:
            self.child.send(encode(request))
        return [ready]

    def _settle(self, verdict: Verdict, now: float) -> list[News]:
        if self._trial and verdict.job == canary.JOB:
            return self._judge_trial(self._trial, verdict, now)
        self._deadline = now + self._patience.silence
        if not self._outstanding.take_answered(verdict):
            return []
        self.wear.note_answered()
        return [verdict]

    def _judge_trial(self, trial: canary.Canary, verdict: Verdict, now: float) -> list[News]:
        if ready := trial.receive(verdict, now):
            return self._trust(ready, now)
        if failure := trial.failure:
            return self._give_up(Unable(failure, misconfigured=False))
        return []

    def _lose(self, exited: Exited) -> list[News]:
        """Handle the unexpected end of the process."""
        if exited.error:
            message = f"The {self._name} cannot be started: {exited.error}."
            return self._give_up(
                Unable(replace(_NO_PROCESS, message=message), misconfigured=False)
            )
        why = f" because {self._why_killed}" if self._why_killed else ""
        how = ending(exited.status)
        message = f"The {self._name} (process {exited.pid}) {how}{why}."
        if not self.ready:
            on_trial = self._trial is not None and self._trial.running
            at = "during the self-test" if on_trial else "before it was ready"
            failure = _explained(f"{message[:-1]}, {at}.", exited.last_lines)
            return self._give_up(Unable(failure, misconfigured=False))
        remedy = _KILLED if exited.status == -signal.SIGKILL and not why else ""
        failure = Failure(FailureKind.LOST, message, remedy, exited.last_lines)
        self.ended = True
        blamed, others = self._outstanding.end(exited.at)
        return [*_refused([blamed] if blamed else [], failure), *_refused(others, _BYSTANDER)]

    def _give_up(self, unable: Unable) -> list[News]:
        """No recording is at fault: refuse all requests as such, then report it."""
        self.child.kill()
        self.ended = True
        # Not MEMORY, even if that was short: no recording is to blame.
        blameless = replace(unable.failure, kind=FailureKind.UNABLE)
        return [*_refused(self._outstanding.take(), blameless), unable]


def _refused(requests: Iterable[Request], why: Failure) -> list[News]:
    return [Refusal(each.job, each.attempt, why) for each in requests]


def _explained(message: str, words: str) -> Failure:
    symptom = recognised(words)
    if symptom is None:
        remedy = "Its last lines say why; run: transcribid doctor."
        return Failure(FailureKind.UNABLE, message, remedy, words)
    kind = FailureKind.MEMORY if out_of_memory(words) else FailureKind.UNABLE
    return Failure(kind, f"{message} {symptom.cause}", symptom.remedy, words)


_KILLED = "Possibly out of memory: check `journalctl -k -g oom`."
_NO_PROCESS = Failure(
    FailureKind.UNABLE,
    "Its process cannot be started.",
    "Check the daemon's file and process limits: `systemctl show`, `ulimit -a`.",
)
_BYSTANDER = Failure(
    FailureKind.BYSTANDER, "The engine ended while processing another recording."
)
