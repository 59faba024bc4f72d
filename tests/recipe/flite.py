"""Speech from the four Flite voices, with the time of every word."""

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recipe.utterances import RATE, Utterance, Word, trimmed

VOICES = ("slt", "awb", "rms", "kal16")

_SOURCE = Path(__file__).with_name("flite.c")


@dataclass(frozen=True, slots=True)
class Voice:
    name: str
    stretch: float  # of time
    shift: float  # of pitch


def utterances(texts: list[str], voices: list[Voice]) -> Iterator[Utterance]:
    """Leaves out what Flite divides into other words than we do."""
    answers, sound = _spoken(texts, voices)
    for text, voice, answer in zip(texts, voices, answers, strict=True):
        rate, samples, *times = answer.split()
        audio, sound = np.split(sound, [int(samples)])
        bounds = list(map(float, times))
        if int(rate) != RATE or len(bounds) != 2 * len(text.split()):
            continue
        words = tuple(map(Word, text.split(), bounds[::2], bounds[1::2]))
        name = f"flite-{voice.name} x{voice.stretch} f{voice.shift}"
        yield trimmed(Utterance("en", text, name, words, audio))


def _spoken(texts: list[str], voices: list[Voice]) -> tuple[list[str], np.ndarray]:
    lines = (
        f"{voice.name}\t{voice.stretch}\t{voice.shift}\t{text}\n"
        for text, voice in zip(texts, voices, strict=True)
    )
    with tempfile.TemporaryDirectory() as folder:
        program, sound = Path(folder, "flite"), Path(folder, "sound")
        _compile(program)
        run = subprocess.run(
            [program, sound], input="".join(lines), capture_output=True, text=True, check=True
        )
        return run.stdout.splitlines(), np.fromfile(sound, np.int16)


def _compile(program: Path) -> None:
    voices = [f"-lflite_cmu_us_{name}" for name in VOICES]
    libraries = [*voices, "-lflite_usenglish", "-lflite_cmulex", "-lflite", "-lm"]
    subprocess.run(["gcc", "-O2", _SOURCE, "-o", program, *libraries], check=True)
