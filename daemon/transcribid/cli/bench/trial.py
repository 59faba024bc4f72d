"""One benchmark run: load time, speed and memory of an engine."""

import os
import statistics
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from transcribid import starter
from transcribid.cli.bench.memory import MemoryWatch
from transcribid.config import Config
from transcribid.config.per_file import general
from transcribid.domain.job import Failure, JobId
from transcribid.domain.transcript import Performer, Transcript
from transcribid.protocol.engine import (
    Refusal,
    Request,
    Settings,
    Success,
)
from transcribid.storage import files
from transcribid.workers import Broken, News, Working
from transcribid.workers.breaker import Breaker
from transcribid.workers.driver import Driver

_FIRST = starter.RECORDINGS / "en-short.wav"  # transcribed first, as a warm-up


@dataclass(frozen=True, slots=True)
class Measured:
    settings: Settings
    performer: Performer
    load: float  # seconds until the engine has transcribed the known clip
    seconds: tuple[float, ...]  # for all recordings, per round
    audio: float  # seconds of audio in them
    memory: int  # peak bytes of all processes of the engine
    gpu_memory: int | None  # bytes; unknown without nvidia-ml-py
    word_error_rate: float | None  # unknown without reference texts

    @property
    def speed(self) -> float:
        """Seconds of audio per second."""
        return self.audio / statistics.median(self.seconds)


@dataclass(frozen=True, slots=True)
class Impossible:
    """The engine does not run here."""

    settings: Settings
    reason: str


Outcome = Measured | Impossible


def outcome(
    settings: Settings, recordings: Sequence[Path], rounds: int, config: Config
) -> Outcome:
    with (
        MemoryWatch(os.getpid(), itself=False) as watch,
        closing(_Bench(settings, config)) as engine,
    ):
        try:
            began = time.monotonic()
            performer = engine.ready().performer
            load = time.monotonic() - began
            engine.transcripts([_FIRST])
            timed_rounds = [_timed(engine, recordings) for _ in range(rounds)]
        except _DidNotRun as failed:
            return Impossible(settings, str(failed))
    _, transcripts = timed_rounds[0]
    return Measured(
        settings,
        performer,
        load,
        seconds=tuple(seconds for seconds, _ in timed_rounds),
        audio=sum(transcript.duration for transcript in transcripts),
        memory=watch.memory,
        gpu_memory=watch.gpu_memory if performer.device == "cuda" else None,
        word_error_rate=_word_error_rate(recordings, transcripts),
    )


class _DidNotRun(Exception):
    """The reason, in one line."""

    def __init__(self, failure: Failure) -> None:
        message = failure.message.partition("\n")[0]
        super().__init__(f"{message} {failure.remedy}".strip())


class _Bench:
    """The daemon's engine without the fallback: a failure is a result, too."""

    def __init__(self, settings: Settings, config: Config) -> None:
        self._options = general(config)
        self._max_duration = config.limits.max_duration
        self._numbers = count(1)
        self._driver = Driver(
            lambda workers: [Breaker(settings.gpu, workers.engine(config, settings))]
        )
        [self._executor] = self._driver.executors

    def close(self) -> None:
        self._driver.close()

    def ready(self) -> Working:
        self._executor.warm(time.monotonic())
        return next(news for news in self._news() if isinstance(news, Working))

    def transcripts(self, recordings: Iterable[Path]) -> list[Transcript]:
        """In the order of the recordings."""
        waiting = deque(self._request(path) for path in recordings)
        jobs = [request.job for request in waiting]
        finished: dict[JobId, Transcript] = {}
        self._start(waiting)
        for reply in self._news():
            if isinstance(reply, Success):
                finished[reply.job] = reply.transcript
            if len(finished) == len(jobs):
                break
            self._start(waiting)
        return [finished[job] for job in jobs]

    def _start(self, waiting: deque[Request]) -> None:
        while waiting and self._executor.free_slots():
            self._executor.start(waiting.popleft(), time.monotonic())

    def _request(self, path: Path) -> Request:
        return Request(
            JobId(next(self._numbers)),
            0,
            os.fspath(path.absolute()),
            files.sha256(path),
            self._options,
            max_duration=self._max_duration,
            accept_partial=True,
        )

    def _news(self) -> Iterator[News]:
        """Raises _DidNotRun at the first failure."""
        while True:
            for news in self._driver.turn():
                if isinstance(news, Refusal | Broken):
                    raise _DidNotRun(news.failure)
                yield news


def _timed(engine: _Bench, recordings: Sequence[Path]) -> tuple[float, list[Transcript]]:
    began = time.monotonic()
    transcripts = engine.transcripts(recordings)
    return time.monotonic() - began, transcripts


def _word_error_rate(
    recordings: Iterable[Path], transcripts: Iterable[Transcript]
) -> float | None:
    errors = total = 0
    for path, transcript in zip(recordings, transcripts, strict=True):
        if (text := path.with_suffix(".txt")).exists():
            reference = text.read_text(encoding="utf-8")
            errors += starter.word_errors(reference, transcript.text)
            total += len(starter.words(reference))
    return errors / total if total else None
