"""The programs that are compared: how each is called, and what a run of one costs."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.corpus import Corpus, Recording, Word
from bench.scoring import Score, score
from transcribid import starter
from transcribid.cli.bench.memory import MemoryWatch

RIVALS = Path(".venv") / "bench" / "bin"  # made by `make bench`
_LONGEST = 3600.0  # seconds
_TAIL = 1500  # characters of what a program said before it failed


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: Callable[[Corpus, Path], list[str]]
    missing: str = ""  # why it cannot be compared


@dataclass(frozen=True, slots=True)
class Setup:
    """What all programs are told to hear with."""

    model: Path = starter.MODEL
    device: str = "cpu"
    compute_type: str = "int8"
    batch: int = 8  # windows at once, of programs that ask for a number
    profile: str = "quality"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a program on a set took, and what came of it."""

    seconds: float
    memory: float  # bytes, of all its processes together, at the worst moment
    scores: tuple[Score, ...]  # of the recordings that have a transcript
    trouble: str = ""  # what was wrong with it


def programs(setup: Setup) -> tuple[Program, ...]:
    """Ours comes first."""
    wrapper = RIVALS / "whisper-ctranslate2"
    absent = "" if wrapper.exists() else "not installed"
    return (
        Program("transcribid", partial(_ours, setup)),
        Program("transcribid, beam 5", partial(_five, setup)),
        Program("faster-whisper", partial(_sequential, setup)),
        Program("faster-whisper, batched", partial(_batched, setup)),
        Program("whisper-ctranslate2", partial(_wrapper, setup), absent),
    )


def run(program: Program, corpus: Corpus, output: Path) -> Cost:
    """Run it once, from its start to its end, on all recordings of the set."""
    output.mkdir(parents=True)
    said = output / "said"
    with said.open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(program.command(corpus, output), stdout=log, stderr=log)
        with process, MemoryWatch(process.pid) as watch:
            status = _ended(process)
        seconds = time.monotonic() - began
    scores = tuple(_scores(corpus.recordings, output))
    trouble = ""
    if status:
        trouble = f"it ended with status {status}:\n{said.read_text(errors='replace')[-_TAIL:]}"
    elif len(scores) < len(corpus.recordings):
        trouble = f"{len(corpus.recordings) - len(scores)} transcripts are missing"
    return Cost(seconds, watch.memory, scores, trouble)


def _ended(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(_LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _five(setup: Setup, corpus: Corpus, output: Path) -> list[str]:
    return [*_ours(setup, corpus, output), "--beam-size", "5"]


def _ours(setup: Setup, corpus: Corpus, output: Path) -> list[str]:
    return [
        *(sys.executable, "-P", "-m", "transcribid", "transcribe"),
        *("--model", os.fspath(setup.model), "--device", setup.device),
        *("--compute-type", setup.compute_type, "--profile", setup.profile),
        *("--language", corpus.language or "auto"),
        *("-f", "json", "-o", os.fspath(output)),
        *_paths(corpus),
    ]


def _sequential(setup: Setup, corpus: Corpus, output: Path) -> list[str]:
    return [*_rival(setup, corpus, output), *_paths(corpus)]


def _batched(setup: Setup, corpus: Corpus, output: Path) -> list[str]:
    batched = ("--batched", str(setup.batch))
    return [*_rival(setup, corpus, output), *batched, *_paths(corpus)]


def _rival(setup: Setup, corpus: Corpus, output: Path) -> list[str]:
    return [
        *(sys.executable, os.fspath(Path(__file__).with_name("rival.py"))),
        *("--model", os.fspath(setup.model), "--output", os.fspath(output)),
        *("--device", setup.device, "--compute-type", setup.compute_type),
        *(("--language", corpus.language) if corpus.language else ()),
    ]


def _wrapper(setup: Setup, corpus: Corpus, output: Path) -> list[str]:
    return [
        os.fspath(RIVALS / "whisper-ctranslate2"),
        *("--model_directory", os.fspath(setup.model), "--local_files_only", "True"),
        *("--device", setup.device, "--compute_type", setup.compute_type, "--beam_size", "5"),
        *("--vad_filter", "True", "--word_timestamps", "True", "--verbose", "False"),
        *("--condition_on_previous_text", "False"),
        *("--output_format", "json", "--output_dir", os.fspath(output)),
        *(("--language", corpus.language) if corpus.language else ()),
        *_paths(corpus),
    ]


def _paths(corpus: Corpus) -> list[str]:
    return [os.fspath(recording.path) for recording in corpus.recordings]


def _scores(recordings: Iterable[Recording], output: Path) -> Iterable[Score]:
    for recording in recordings:
        transcript = output / f"{recording.path.stem}.json"
        if transcript.exists():
            yield score(recording, *_heard(transcript))


def _heard(transcript: Path) -> tuple[str, list[Word]]:
    """All of them write segments with words in the way that OpenAI's program does."""
    segments = json.loads(transcript.read_text(encoding="utf-8"))["segments"]
    words = [word for segment in segments for word in segment.get("words") or ()]
    return (
        " ".join(segment["text"] for segment in segments),
        [Word(word["word"], word["start"], word["end"]) for word in words],
    )
