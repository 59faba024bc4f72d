"""A second worker that finds the speakers, for the recordings that this was asked of.

What is heard is never lost by it: whatever becomes of that worker, the transcript is posted,
with its speakers or with the reason why there are none.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

import structlog

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.transcript import Speakers
from transcribid.executor import Executor, News, Post, PostNews, Stirred
from transcribid.wire import Heard, Progress, Ready, Refusal, Reply, Request, Success, Unable

log = structlog.get_logger()

_WAITING = 4  # transcripts that wait for their speakers until no more are made


@dataclass(frozen=True, slots=True)
class _Heard:
    request: Request
    success: Success

    def without(self, why: str) -> Success:
        """The transcript as it is, and why nobody can tell who said what, if that is so."""
        transcript = replace(self.success.transcript, speakers=Speakers(failure=why))
        return replace(self.success, transcript=transcript)


class Diarizing:
    """All but `post` happens in the deciding thread."""

    def __init__(
        self,
        listens: Callable[[PostNews], Executor],
        diarizes: Callable[[Post], Executor],
        post: PostNews,
        timeout: float,
    ) -> None:
        """`listens` makes what finds the words; `timeout` is in seconds, for one recording."""
        self._post = post
        self._timeout = timeout
        self._wanted: dict[tuple[JobId, int], Request] = {}  # their words are being found
        self._news: SimpleQueue[_Heard | Success | Refusal] = SimpleQueue()
        self._waiting: deque[_Heard] = deque()
        self._current: _Heard | None = None  # what the diarizer is at
        self._deadline = 0.0
        self._listener = listens(self._hear)
        self._diarizer = diarizes(self._hear_diarizer)

    def free_slots(self) -> int:
        return self._listener.free_slots() if len(self._waiting) < _WAITING else 0

    def warm(self) -> None:
        self._listener.warm()

    def start(self, request: Request) -> None:
        if request.options.diarization.enabled:
            self._wanted[_whose(request)] = request
        self._listener.start(request)

    def stop(self, job: JobId) -> None:
        self._listener.stop(job)
        for heard in [each for each in self._waiting if each.request.job == job]:
            self._waiting.remove(heard)
            self._post(heard.without(_TAKEN_BACK.message))
        if self._current and self._current.request.job == job:
            self._end(self._current, _TAKEN_BACK.message)

    def tend(self, now: float) -> None:
        self._listener.tend(now)
        self._diarizer.tend(now)
        while news := self._next():
            if isinstance(news, _Heard) and news.success.transcript.segments:
                self._waiting.append(news)
            elif isinstance(news, _Heard):
                self._post(news.without(""))  # nobody speaks
            else:
                self._settle(news)
        if self._current and now > self._deadline:
            self._end(self._current, f"It took longer than {self._timeout:.0f} seconds.")
        if self._current is None and self._waiting:
            self._current, self._deadline = self._waiting.popleft(), now + self._timeout
            request, heard = self._current.request, self._current.success.transcript
            self._diarizer.start(replace(request, transcript=heard))

    def memory(self) -> Mapping[int, int]:
        return self._listener.memory()

    def close(self) -> None:
        self._listener.close()
        self._diarizer.close()
        unfinished = [*filter(None, [self._current]), *self._waiting]
        self._current = None
        self._waiting.clear()
        while news := self._next():
            unfinished += [news] if isinstance(news, _Heard) else []
        for heard in unfinished:
            request = heard.request
            self._post(Refusal(request.job, request.attempt, _TAKEN_BACK))

    def _hear(self, news: News) -> None:
        """From any thread."""
        match news:
            case Success() | Refusal():
                request = self._wanted.pop(_whose(news), None)
                if request and isinstance(news, Success):
                    self._note(_Heard(request, news))
                else:
                    self._post(news)
            case _:
                self._post(news)

    def _hear_diarizer(self, reply: Reply) -> None:
        """From any thread."""
        match reply:
            case Success() | Refusal():
                self._note(reply)
            case Progress():
                self._post(reply)
            case Ready(performer=performer):
                log.info("diarizer.ready", model=performer.model, device=performer.device)
            case Unable() | Heard():
                return  # its request is refused, and says why

    def _note(self, news: _Heard | Success | Refusal) -> None:
        self._news.put(news)
        self._post(Stirred())

    def _next(self) -> _Heard | Success | Refusal | None:
        try:
            return self._news.get_nowait()
        except Empty:
            return None

    def _settle(self, verdict: Success | Refusal) -> None:
        heard = self._current
        if heard is None or _whose(heard.request) != _whose(verdict):
            return  # it was ended meanwhile
        self._current = None
        if isinstance(verdict, Success):
            self._post(verdict)
        else:
            failure = verdict.failure
            if failure.kind is FailureKind.ENGINE:
                self._diarizer.close()  # after an error of CUDA, nothing that it says is true
            self._post(heard.without(f"{failure.message} {failure.remedy}".strip()))

    def _end(self, heard: _Heard, why: str) -> None:
        """Nothing else stops a computation."""
        self._current = None
        self._diarizer.close()
        self._post(heard.without(why))


def _whose(message: Request | Success | Refusal) -> tuple[JobId, int]:
    return message.job, message.attempt


_TAKEN_BACK = Failure(FailureKind.BYSTANDER, "The job was taken back.")
