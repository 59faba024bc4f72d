"""faster-whisper hears a set, once: the same program gives the same answer."""

import os
import sys
from collections.abc import Iterable
from functools import reduce
from hashlib import sha256
from importlib.metadata import version
from operator import add
from pathlib import Path

from bench import rival
from real import cache, heard
from real.cost import Cost, run
from real.heard import Answers
from real.programs import Program, Setup
from real.recordings import Recording, VoiceSet
from real.weights import weights

_WAYS = {
    Program.DEFAULTS: ("--previous-text",),
    Program.WITHOUT_CONTEXT: (),
    Program.BATCHED: ("--batched", "8"),
}


def transcribe(voices: VoiceSet, setup: Setup, program: Program) -> Answers:
    """From the cache where the same was asked before; FRESH=1 asks again."""
    folder = _kept(voices, setup, program)
    if os.environ.get("FRESH"):
        cache.forget(folder)
    if not folder.exists():
        with cache.making(folder) as place:
            place.mkdir()
            for language, recordings in setup.by_language(voices):
                _hear(recordings, language, setup, program, place)
    answers = {
        recording.path.name: heard.read(folder / f"{recording.path.stem}.json")
        for recording in voices.recordings
    }
    return Answers(answers, reduce(add, map(Cost.read, folder.glob("cost-*"))))


def _hear(
    recordings: Iterable[Recording],
    language: str | None,
    setup: Setup,
    program: Program,
    output: Path,
) -> None:
    told = ("--language", language) if language else ()
    command = [
        *(sys.executable, "-P", rival.__file__),
        *("--model", os.fspath(weights(setup.model)), "--output", os.fspath(output)),
        *told,
        *_WAYS[program],
        *(os.fspath(recording.path) for recording in recordings),
    ]
    name = language or "any"
    run(command, output / f"cost-{name}", output / f"log-{name}")


def _kept(voices: VoiceSet, setup: Setup, program: Program) -> Path:
    libraries = "-".join(
        f"{name} {version(name)}" for name in ("faster-whisper", "ctranslate2")
    )
    asked = f"{voices.name}, {setup.languages}, {_fingerprint(voices)}"
    return cache.root() / "answers" / libraries / setup.model / program / asked


def _fingerprint(voices: VoiceSet) -> str:
    """Of names and sounds."""
    parts = (
        f"{recording.path.name} {cache.digest(recording.path)}"
        for recording in voices.recordings
    )
    return sha256("\n".join(parts).encode()).hexdigest()[:16]
