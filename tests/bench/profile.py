# pyright: reportPrivateUsage=false
"""Shows where the engine's time goes. Run it with `make profile`, or on a model of yours.

Seconds are wall time, of all lanes together: where lanes share a processor, each call also
takes the time in which another had it.
"""

import argparse
import json
import os
import queue
import resource
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from transcribid.domain.job import JobId
from transcribid.domain.options import Options, Profile
from transcribid.engine import loading
from transcribid.engine.decoding import Decoder
from transcribid.engine.device import Device
from transcribid.engine.engine import WhisperEngine
from transcribid.engine.loading import load  # the name in the module is replaced
from transcribid.engine.model import WhisperModel
from transcribid.engine.scheduler import Scheduler
from transcribid.protocol.engine import Refusal, Reply, Request, Settings, Success

P = ParamSpec("P")
T = TypeVar("T")

TAKE, HEAR, DONE = "take", "hear", "done"
MODEL = {
    "encode": "encode",
    "detect_language": "detect the language",
    "generate": "decode",
    "align": "align the words",
}
_LONGEST = 86_400.0  # seconds of a recording


@dataclass(frozen=True, slots=True)
class Span:
    """One call in one lane."""

    stage: str
    began: float
    ended: float
    amount: int  # windows that were taken, or tokens that were decoded

    def within(self, began: float, ended: float) -> float:
        """Seconds of it that lie in a period."""
        return max(0.0, min(self.ended, ended) - max(self.began, began))


@dataclass(frozen=True, slots=True)
class Clock:
    spans: list[Span] = field(default_factory=list[Span])

    def timed(
        self, stage: str, call: Callable[P, T], amount: Callable[[T], int] | None = None
    ) -> Callable[P, T]:
        @wraps(call)
        def measured(*given: P.args, **named: P.kwargs) -> T:
            began = time.perf_counter()
            result = call(*given, **named)
            ended = time.perf_counter()
            self.spans.append(Span(stage, began, ended, amount(result) if amount else 0))
            return result

        return measured

    def load(self, folder: Path, device: Device, *, trimmed: bool) -> WhisperModel:
        """In place of the engine's own."""
        model = load(folder, device, trimmed=trimmed)
        whisper: Any = model._loaded
        whisper.model = TimedModel(whisper.model, self)
        return model


class TimedModel:
    """A model of CTranslate2, whose methods cannot be replaced."""

    def __init__(self, model: Any, clock: Clock) -> None:
        self._model = model
        for name in MODEL:
            amount = _tokens if name == "generate" else None
            setattr(self, name, clock.timed(name, getattr(model, name), amount))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


@dataclass(frozen=True, slots=True)
class Run:
    """All that was measured in one go."""

    clock: Clock
    performer: str
    lanes: int
    began: float
    ended: float
    audio: float  # seconds
    preparing: float  # seconds of the processor

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    def spent(self, *stages: str) -> float:
        return sum(each.ended - each.began for each in self._of(*stages))

    def calls(self, *stages: str) -> int:
        return len(self._of(*stages))

    def amount(self, stage: str) -> int:
        return sum(each.amount for each in self._of(stage))

    @property
    def waiting(self) -> tuple[float, float, float]:
        """Before the first window, while there were more to come, and after the last one."""
        first, last = self._taken
        return (
            self._waited(self.began, first),
            self._waited(first, last),
            self._waited(last, self.ended),
        )

    @property
    def hungry(self) -> float:
        """The share of the time from the first window to the last that lanes waited."""
        first, last = self._taken
        return (
            self._waited(first, last) / (self.lanes * (last - first)) if last > first else 0.0
        )

    @property
    def _taken(self) -> tuple[float, float]:
        """When the first and the last windows were."""
        times = [each.ended for each in self._of(TAKE) if each.amount]
        return min(times), max(times)

    def _waited(self, began: float, ended: float) -> float:
        return sum(each.within(began, ended) for each in self._of(TAKE))

    def _of(self, *stages: str) -> list[Span]:
        return [each for each in self.clock.spans if each.stage in stages]


@dataclass(frozen=True, slots=True)
class Row:
    stage: str
    calls: int | None
    seconds: float  # of all lanes together


def main() -> int:
    asked = _asked()
    settings = Settings(str(asked.model), asked.device, asked.compute_type, asked.batch_size)
    options = Options(language=asked.language, profile=Profile(asked.profile))
    run = profiled(settings, asked.files * asked.repeat, options)
    if not run.amount(HEAR):
        sys.exit("There is nothing to hear in these files.")
    Console().print(_table(run))
    Console().print(_summary(run), highlight=False)
    if asked.json:
        asked.json.write_text(json.dumps(_facts(run), indent=1) + "\n")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a folder")
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--compute-type", default="auto")
    parser.add_argument("--batch-size", type=int, help="windows heard at once")
    parser.add_argument("--language", help="that is spoken; default: find out")
    parser.add_argument("--profile", choices=tuple(Profile), default=Profile.QUALITY)
    parser.add_argument("--repeat", type=int, default=1, help="how often to give each file")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser.parse_args()


def profiled(settings: Settings, files: Sequence[Path], options: Options) -> Run:
    clock = Clock()
    before = _processor_seconds_of_children()
    with _measuring(clock), WhisperEngine(settings) as engine:
        began = time.perf_counter()
        audio = sum(_heard(engine, files, options))
        ended = time.perf_counter()
        performer = engine.performer
    return Run(
        clock=clock,
        performer=f"{performer.device}, {performer.compute_type}",
        lanes=len(engine._lanes),
        began=began,
        ended=ended,
        audio=audio,
        preparing=_processor_seconds_of_children() - before,
    )


@contextmanager
def _measuring(clock: Clock) -> Generator[None]:
    measured = (
        (Scheduler, "take", clock.timed(TAKE, Scheduler.take, len)),
        (Scheduler, "done", clock.timed(DONE, Scheduler.done)),
        (Decoder, "decode", clock.timed(HEAR, Decoder.decode, len)),
        (loading, "load", clock.load),
    )
    with ExitStack() as stack:
        for owner, name, replacement in measured:
            stack.enter_context(patch.object(owner, name, replacement))
        yield


def _heard(engine: WhisperEngine, files: Iterable[Path], options: Options) -> Iterator[float]:
    """Seconds of each recording; there are always as many at work as the engine wants."""
    said: queue.SimpleQueue[Success | Refusal] = queue.SimpleQueue()
    free = threading.Semaphore(engine.ready.slots)

    def post(reply: Reply) -> None:
        if isinstance(reply, Success | Refusal):
            free.release()
            said.put(reply)

    given = 0
    for path in files:
        free.acquire()
        given += 1
        engine.add(_request(given, path, options), post)
    for _ in range(given):
        verdict = said.get()
        if isinstance(verdict, Refusal):
            sys.exit(f"{verdict.failure.kind}: {verdict.failure.message}")
        yield verdict.transcript.audio.duration or 0.0


def _request(number: int, path: Path, options: Options) -> Request:
    name = os.fspath(path)
    return Request(JobId(number), 1, name, "", options, _LONGEST, accept_partial=True)


def _processor_seconds_of_children() -> float:
    """Of those that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tokens(found: Sequence[Any]) -> int:
    return sum(len(each.sequences_ids[0]) for each in found)


def _rows(run: Run) -> Iterator[Row]:
    before, among, after = run.waiting
    yield Row("wait for the first window", None, before)
    yield Row("wait for further windows", None, among)
    for name, title in MODEL.items():
        yield Row(title, run.calls(name), run.spent(name))
    yield Row(
        "the rest of decoding, Python", run.calls(HEAR), run.spent(HEAR) - run.spent(*MODEL)
    )
    yield Row("hand in what was heard", run.calls(DONE), run.spent(DONE))
    yield Row("wait after the last window", None, after)


def _table(run: Run) -> Table:
    windows = run.amount(HEAR)
    table = Table(title=f"{run.performer}; lanes: {run.lanes}; windows: {windows}")
    table.add_column("in the lanes")
    for column in ("calls", "seconds", "share", "ms per window"):
        table.add_column(column, justify="right")
    for row in _rows(run):
        table.add_row(
            row.stage,
            "" if row.calls is None else str(row.calls),
            f"{row.seconds:.2f}",
            f"{row.seconds / (run.lanes * run.seconds):.1%}",
            f"{1000 * row.seconds / windows:.1f}",
        )
    return table


def _summary(run: Run) -> str:
    windows = run.amount(HEAR)
    return "\n".join(
        (
            f"{run.audio:.1f} s of audio in {run.seconds:.2f} s:"
            f" {run.audio / run.seconds:.1f} x real time",
            f"windows heard at once: {windows / run.calls(HEAR):.1f};"
            f" tokens for each: {run.amount('generate') / windows:.0f}",
            f"preparers, with their start: {run.preparing:.2f} s of the processor,"
            f" {1000 * run.preparing / windows:.1f} ms per window",
            f"lanes waited {run.hungry:.1%} of the time while windows were still to come",
        )
    )


def _facts(run: Run) -> dict[str, object]:
    return {
        "performer": run.performer,
        "lanes": run.lanes,
        "windows": run.amount(HEAR),
        "tokens": run.amount("generate"),
        "audio_seconds": round(run.audio, 3),
        "seconds": round(run.seconds, 3),
        "preparing_seconds": round(run.preparing, 3),
        "hungry_share": round(run.hungry, 5),
        "stages": {
            row.stage: {"calls": row.calls, "seconds": round(row.seconds, 4)}
            for row in _rows(run)
        },
    }


if __name__ == "__main__":
    sys.exit(main())
