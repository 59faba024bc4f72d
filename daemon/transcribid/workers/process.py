"""One engine process, from its start to its end, as a plain object.

    starting --Ready--> on trial --the known clip--> ready --> ended
        \\___________________\\__________________________\\___Unable, death, silence

It takes requests from the start on and sends them when it is ready. What it says moves a
deadline: `Patience.startup` until it is ready, `Patience.silence` between replies after that.
One that misses it is killed, and what it had is answered when its end is told of, or when that
does not come: a process that hangs in a driver cannot even be killed. Who is to blame for its
death is decided in `outstanding`; what is done about it, further out.
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
    Heard,
    Long,
    Progress,
    Ready,
    Refusal,
    Request,
    Success,
    Unable,
    Verdict,
    encode,
)
from transcribid.workers import News, canary
from transcribid.workers.outstanding import Outstanding
from transcribid.workers.recycling import Upkeep, Wear

_MOST = 32  # requests at a time, whatever they are
_AGONY = 30.0  # seconds that a killed process may take to end


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds an engine may take."""

    startup: float = 600.0  # until the model is loaded
    silence: float = 300.0  # between replies


class Handle(Protocol):
    """What is needed of a child."""

    def send(self, line: bytes) -> None: ...
    def kill(self) -> None: ...


class EngineProcess:
    def __init__(
        self,
        child: Handle,
        called: str,
        patience: Patience,
        upkeep: Upkeep,
        trial: canary.Canary | None,
        now: float,
    ) -> None:
        """`called`: its name in messages. With a trial it is ready only after that."""
        self.child = child
        self.over = False  # nothing more can come of it
        self.ready = False
        self.memory = 0  # bytes, as far as it was measured
        self.wear = Wear(upkeep)
        self._called = called
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
        """The last place is there again as soon as what has it turns out to be long."""
        if self.wear.worn or len(self._outstanding) >= _MOST:
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

    def hear(self, word: object, now: float) -> list[News]:
        match word:
            case Ready():
                return self._begin(word, now)
            case Unable():
                return self._give_up(word)
            case Decoding():
                self._outstanding.note(word)
            case Long():
                self._outstanding.note_long(word)
            case Progress() | Heard() if word.job != canary.JOB:
                self._deadline = now + self._patience.silence
                return [word]
            case Success() | Refusal():
                return self._settle(word, now)
            case Memory(size=size):
                self.memory = size
                self.wear.note_memory(size)
            case Garbled(why=why):
                self._why_killed = f"it sent an invalid message: {why}"
            case Exited():
                return self._lose(word)
            case _:
                pass
        return []

    def tend(self, now: float) -> list[News]:
        """End it when it was silent for too long."""
        if now <= self._deadline or not (self.busy or not self.ready):
            return []
        if self._why_killed:
            return self._lose(Exited(now, status=-signal.SIGKILL))
        waited = self._patience.silence if self.ready else self._patience.startup
        if self._trial and self._trial.on:
            waited = self._trial.limit
        self._why_killed = f"it did not respond for {waited:.0f} seconds"
        self._deadline = now + _AGONY
        self.child.kill()
        return []

    def close(self) -> list[News]:
        """Nobody needs it any more."""
        self.child.kill()
        self.over = True
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
            return self._try(self._trial, verdict, now)
        self._deadline = now + self._patience.silence
        if not self._outstanding.take_answered(verdict):
            return []
        self.wear.note_heard()
        return [verdict]

    def _try(self, trial: canary.Canary, verdict: Verdict, now: float) -> list[News]:
        if ready := trial.hear(verdict, now):
            return self._trust(ready, now)
        if failure := trial.failure:
            return self._give_up(Unable(failure, misconfigured=False))
        return []

    def _lose(self, exited: Exited) -> list[News]:
        """It ended, and nobody wanted that."""
        if exited.error:
            message = f"The {self._called} cannot be started: {exited.error}."
            return self._give_up(
                Unable(replace(_NO_PROCESS, message=message), misconfigured=False)
            )
        why = f" because {self._why_killed}" if self._why_killed else ""
        how = ending(exited.status)
        message = f"The {self._called} (process {exited.pid}) {how}{why}."
        if not self.ready:
            on_trial = self._trial is not None and self._trial.on
            at = "during the self-test" if on_trial else "before it was ready"
            failure = _explained(f"{message[:-1]}, {at}.", exited.last_lines)
            return self._give_up(Unable(failure, misconfigured=False))
        remedy = _KILLED if exited.status == -signal.SIGKILL and not why else ""
        failure = Failure(FailureKind.LOST, message, remedy, exited.last_lines)
        self.over = True
        blamed, others = self._outstanding.end(exited.at)
        return [*_refused([blamed] if blamed else [], failure), *_refused(others, _BYSTANDER)]

    def _give_up(self, unable: Unable) -> list[News]:
        """Not a recording's fault: say so to all jobs, then to everybody."""
        self.child.kill()
        self.over = True
        unheard = replace(unable.failure, kind=FailureKind.UNABLE)  # whatever was too short
        return [*_refused(self._outstanding.take(), unheard), unable]


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
