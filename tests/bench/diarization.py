"""Memory and speed of the diarizer by the length of the recording: `make bench-diarization`.

The recording is the bundled conversation of two, again and again; the pipeline is the one of
the tests or, with --model, any other. What is looked at together is at most 30 minutes, so
from there on memory should stay what it is.
"""

import argparse
import os
import sys
import tempfile
import time
import wave
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import sound
from diarization.told import CONVERSATION, PIPELINE, error_rate, reference
from transcribid.cli.bench.memory import MemoryWatch
from transcribid.domain.job import JobId
from transcribid.domain.options import Diarization, Options
from transcribid.domain.transcript import Audio, Performer, Speakers, Transcript
from transcribid.process.child import ChildOutput
from transcribid.protocol.engine import Refusal, Request, Settings, Success
from transcribid.workers.process import Patience
from transcribid.workers.supervisor import DIARIZER, Care, Supervisor

_NOTHING = Transcript(
    "en", 1.0, (), Audio("wav", "pcm_s16le", 0.0, 0.0, 0), Performer("", "", "", ""), 0.0
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=os.fspath(PIPELINE))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--speakers", type=int, help="tell it that there are so many")
    parser.add_argument("hours", nargs="*", type=float, default=[0.25, 1.0, 3.0])
    arguments = parser.parse_args()
    settings = Settings(arguments.model, arguments.device, "float32")
    table = Table("hours", "x real time", "peak memory", "speakers", "error rate")
    with tempfile.TemporaryDirectory() as folder:
        for hours in arguments.hours:
            path = _recording(Path(folder) / "talk.wav", hours)
            table.add_row(*_row(settings, path, hours, arguments.speakers))
    Console().print(table)


def _recording(path: Path, hours: float) -> Path:
    samples = sound.read(CONVERSATION)
    block = (samples * 32767).astype("<i2").tobytes()
    with wave.open(os.fspath(path), "wb") as recording:
        recording.setparams((1, 2, sound.RATE, 0, "NONE", ""))
        for _ in range(_times(hours)):
            recording.writeframes(block)
    return path


def _times(hours: float) -> int:
    return round(hours * 3600 / sound.seconds(CONVERSATION))


def _row(settings: Settings, path: Path, hours: float, number: int | None) -> tuple[str, ...]:
    with MemoryWatch(os.getpid(), itself=False) as watch:
        speakers = _diarized(settings, path, Diarization(enabled=True, num_speakers=number))
    length = sound.seconds(CONVERSATION)
    truth = [
        replace(turn, start=turn.start + at * length, end=turn.end + at * length)
        for at in range(_times(hours))
        for turn in reference()
    ]
    return (
        f"{hours:g}",
        f"{hours * 3600 / speakers.seconds:.0f}",
        f"{watch.memory / 1e6:.0f} MB",
        str(len(speakers.names)),
        f"{error_rate(list(speakers.turns), truth):.3f}",
    )


def _diarized(settings: Settings, path: Path, wanted: Diarization) -> Speakers:
    mailbox: SimpleQueue[ChildOutput] = SimpleQueue()
    care = Care(program=DIARIZER, patience=Patience(600.0, 600.0), self_test=False)
    executor = Supervisor(settings, mailbox.put, care)
    executor.start(
        Request(
            JobId(1),
            1,
            os.fspath(path),
            "",
            Options(diarization=wanted),
            max_duration=86_400.0,
            accept_partial=True,
            transcript=_NOTHING,
        ),
        time.monotonic(),
    )
    try:
        return _answer(executor, mailbox)
    finally:
        executor.close()


def _answer(executor: Supervisor, mailbox: SimpleQueue[ChildOutput]) -> Speakers:
    while True:
        for news in executor.receive(mailbox.get(), time.monotonic()):
            if isinstance(news, Refusal):
                raise SystemExit(news.failure.message)
            if isinstance(news, Success) and news.transcript.speakers:
                return news.transcript.speakers


if __name__ == "__main__":
    main()
