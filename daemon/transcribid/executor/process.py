"""One engine in one child process, replaced whenever it dies."""

import sys
import threading
import time
from collections.abc import Sequence

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.executor import Post
from transcribid.executor.worker import Worker, ending
from transcribid.wire import (
    Progress,
    ProtocolError,
    Ready,
    Refusal,
    Reply,
    Request,
    Settings,
    Unable,
    decode_reply,
    encode,
)

ENGINE = (sys.executable, "-P", "-m", "transcribid.engine")


class ProcessExecutor:
    """A worker with one slot.

    Whoever takes the request from `_request` answers for it, so each gets one verdict:
    the listener on a verdict or on the worker's end, or `start` when the pipe is broken.
    """

    def __init__(
        self,
        settings: Settings,
        post: Post,
        *,
        startup: float = 600.0,
        silence: float = 300.0,
        command: Sequence[str] = ENGINE,
    ) -> None:
        """`startup` and `silence` are seconds: until the model is loaded, between replies."""
        self._command = [*command, encode(settings).decode()]
        self._post = post
        self._startup = startup
        self._silence = silence
        self._lock = threading.Lock()
        self._request: Request | None = None
        self._ready = False
        self._why_killed = ""
        self._unwanted = False  # we ended it, and not for something it did
        self._deadline = 0.0
        self._worker: Worker | None = None

    def free_slots(self) -> int:
        return 0 if self._request else 1

    def warm(self) -> None:
        self._live_worker()

    def start(self, request: Request) -> None:
        worker = self._live_worker()
        self._request = request
        if self._ready:
            self._deadline = time.monotonic() + self._silence
        try:
            worker.send(encode(request))
        except BrokenPipeError:
            worker.kill()
            worker.bury()  # its listener has answered, unless it ended before
            self._lose(worker, "was gone before it began")

    def stop(self, job: JobId) -> None:
        if self._request and self._request.job == job:
            self._kill("the job was taken back", wanted=True)

    def tend(self, now: float) -> None:
        """Kill a worker that has been silent for too long."""
        if (self._request or not self._ready) and self._worker and now > self._deadline:
            waited = self._silence if self._ready else self._startup
            self._kill(f"it said nothing for {waited:.0f} seconds")

    def close(self) -> None:
        self._kill("the daemon closes", wanted=True)
        if self._worker:
            self._worker.bury()
            self._worker = None

    def _kill(self, why: str, *, wanted: bool = False) -> None:
        if self._worker and self._worker.lives():
            self._why_killed, self._unwanted = why, wanted
            self._worker.kill()

    def _live_worker(self) -> Worker:
        if self._worker and self._worker.lives():
            return self._worker
        if self._worker:
            self._worker.bury()
        self._ready, self._why_killed, self._unwanted = False, "", False
        self._deadline = time.monotonic() + self._startup
        self._worker = Worker(self._command, self._listen)
        return self._worker

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
            case Ready():
                self._ready = True
                self._post(reply)
            case Unable():
                self._unwanted = True  # its end is no news
                self._give_up(reply)
            case Progress():
                self._post(reply)
            case _:
                if self._take():
                    self._post(reply)

    def _take(self) -> Request | None:
        with self._lock:
            request, self._request = self._request, None
        return request

    def _lose(self, worker: Worker, ended: str) -> None:
        why = f" because {self._why_killed}" if self._why_killed else ""
        message = f"The engine (process {worker.pid}) {ended}{why}."
        if not self._ready and not self._unwanted:
            failure = Failure(FailureKind.UNABLE, message, _BEFORE_READY, worker.last_words())
            self._unwanted = True  # said once
            self._give_up(Unable(failure, misconfigured=False))
        elif request := self._take():
            failure = Failure(FailureKind.LOST, message, detail=worker.last_words())
            self._post(Refusal(request.job, request.attempt, failure))

    def _give_up(self, unable: Unable) -> None:
        """Not the recording's fault: say so to its job, then to everybody."""
        if request := self._take():
            self._post(Refusal(request.job, request.attempt, unable.failure))
        self._post(unable)


_BEFORE_READY = "It died while it loaded the model: its last lines say why."
