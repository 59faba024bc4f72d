"""One engine in one child process, replaced whenever it dies."""

import sys
import threading
import time
from collections.abc import Sequence

import structlog

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.executor import Post
from transcribid.executor.worker import Worker, ending
from transcribid.wire import (
    Cancel,
    Heard,
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

log = structlog.get_logger()

ENGINE = (sys.executable, "-P", "-m", "transcribid.engine")


class ProcessExecutor:
    """A worker with as many slots as it says it has.

    Whoever takes a request from `_outstanding` answers for it, so each gets one verdict: the
    listener, on a verdict or on the worker's end. A request is only ever put there while the
    listener of its worker has not yet seen that end.
    """

    def __init__(
        self,
        settings: Settings,
        post: Post,
        *,
        startup: float = 600.0,
        silence: float = 300.0,
        keep_alive: float | None = None,
        command: Sequence[str] = ENGINE,
    ) -> None:
        """`startup`, `silence` and `keep_alive` are seconds: until the model is loaded, between
        replies, and how long a worker with nothing to do is kept, None for ever.
        """
        self._command = [*command, encode(settings).decode()]
        self._post = post
        self._startup = startup
        self._silence = silence
        self._keep_alive = keep_alive
        self._idle_since: float | None = None
        self._lock = threading.Lock()
        self._outstanding: list[Request] = []  # in the order in which they were started
        self._slots = 1
        self._ready = False
        self._ended = False  # the listener has seen the worker's end
        self._why_killed = ""
        self._unwanted = False  # we ended it, and not for something it did
        self._deadline = 0.0
        self._worker: Worker | None = None

    def free_slots(self) -> int:
        return max(0, self._slots - len(self._outstanding))

    def warm(self) -> None:
        self._live_worker()

    def start(self, request: Request) -> None:
        while not self._entrusted(request, self._live_worker()):
            continue  # it ended just now; the next worker will have it

    def stop(self, job: JobId) -> None:
        if self._worker and any(request.job == job for request in self._outstanding):
            self._worker.send(encode(Cancel(job)))

    def tend(self, now: float) -> None:
        """Kill a worker that has been silent for too long, or idle."""
        self._rest(now)
        if (self._outstanding or not self._ready) and self._worker and now > self._deadline:
            waited = self._silence if self._ready else self._startup
            self._kill(f"it said nothing for {waited:.0f} seconds")

    def _rest(self, now: float) -> None:
        """Only the end of its process gives back all the memory of a GPU."""
        if self._outstanding or not self._ready or self._keep_alive is None:
            self._idle_since = None
            return
        self._idle_since = now if self._idle_since is None else self._idle_since
        if now - self._idle_since >= self._keep_alive and self._worker:
            log.info("engine.unloaded", idle=self._keep_alive)
            self._retire("nobody needed it")

    def close(self) -> None:
        self._retire("the daemon closes")

    def _retire(self, why: str) -> None:
        self._kill(why, wanted=True)
        if self._worker:
            self._worker.bury()
            self._worker = None

    def _kill(self, why: str, *, wanted: bool = False) -> None:
        if self._worker and self._worker.lives():
            self._why_killed, self._unwanted = why, wanted
            self._worker.kill()

    def _live_worker(self) -> Worker:
        if self._worker and self._worker.lives() and not self._ended:
            return self._worker
        if self._worker:
            self._worker.kill()
            self._worker.bury()
        self._ready, self._ended = False, False
        self._why_killed, self._unwanted = "", False
        self._deadline = time.monotonic() + self._startup
        self._worker = Worker(self._command, self._listen)
        return self._worker

    def _entrusted(self, request: Request, worker: Worker) -> bool:
        """False when nobody would answer for it any more."""
        with self._lock:
            if self._ended:
                return False
            if self._ready and not self._outstanding:
                self._deadline = time.monotonic() + self._silence
            self._outstanding.append(request)
        worker.send(encode(request))
        return True

    def _listen(self, worker: Worker) -> None:
        try:
            for line in worker.lines():
                self._hear(decode_reply(line))
        except ProtocolError as error:
            self._why_killed = f"it does not speak our language: {error}"
            worker.kill()
        status = worker.wait()
        self._lose(worker, ending(status))

    def _hear(self, reply: Reply) -> None:
        self._deadline = time.monotonic() + self._silence
        match reply:
            case Ready(slots=slots):
                self._slots, self._ready = slots, True
                self._post(reply)
            case Unable():
                self._unwanted = True  # its end is no news
                self._give_up(reply)
            case Progress() | Heard():
                self._post(reply)
            case _:
                if self._answered(reply):
                    self._post(reply)

    def _answered(self, verdict: Verdict) -> bool:
        """Take out the request that this is about, if it is there."""
        with self._lock:
            before = len(self._outstanding)
            self._outstanding = [
                request
                for request in self._outstanding
                if (request.job, request.attempt) != (verdict.job, verdict.attempt)
            ]
            return len(self._outstanding) < before

    def _take_all(self) -> list[Request]:
        with self._lock:
            self._ended = True
            requests, self._outstanding = self._outstanding, []
        return requests

    def _lose(self, worker: Worker, ended: str) -> None:
        why = f" because {self._why_killed}" if self._why_killed else ""
        message = f"The engine (process {worker.pid}) {ended}{why}."
        if not self._ready and not self._unwanted:
            failure = Failure(FailureKind.UNABLE, message, _BEFORE_READY, worker.last_words())
            self._unwanted = True  # said once
            self._give_up(Unable(failure, misconfigured=False))
            return
        failure = Failure(FailureKind.LOST, message, detail=worker.last_words())
        for request in self._take_all():
            self._post(Refusal(request.job, request.attempt, failure))
            failure = _BYSTANDER  # requests are heard in order: only the first may be to blame

    def _give_up(self, unable: Unable) -> None:
        """Not a recording's fault: say so to all jobs, then to everybody."""
        for request in self._take_all():
            self._post(Refusal(request.job, request.attempt, unable.failure))
        self._post(unable)


_BEFORE_READY = "It died while it loaded the model: its last lines say why."
_BYSTANDER = Failure(
    FailureKind.BYSTANDER, "The engine died while it worked on another recording."
)
