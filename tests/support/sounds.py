"""Sound for tests: the bundled recordings as samples, and recordings made of them."""

import wave
from functools import cache
from pathlib import Path

import numpy as np

from transcribid import starter
from transcribid.preparer.decode import Recording
from transcribid.preparer.mono import RATE, Samples
from transcribid.preparer.timestamps import Jump


@cache
def bundled(name: str) -> Samples:
    """What is in one of the package's recordings; not to be changed."""
    with (starter.RECORDINGS / name).open("rb") as file:
        return decoded(Recording(file, 3600.0))


def decoded(recording: Recording) -> Samples:
    """All of its sound, one after the other."""
    blocks = [each for each in recording.blocks() if not isinstance(each, Jump)]
    return np.concatenate(blocks)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def noise(seconds: float) -> Samples:
    shape = round(seconds * RATE)
    return np.random.default_rng(1).normal(0.0, 0.1, shape).astype(np.float32)


def chord(seconds: float) -> Samples:
    """C major, as an organ would hold it."""
    at = np.arange(round(seconds * RATE)) / RATE
    notes = [np.sin(2 * np.pi * hertz * at) for hertz in (261.6, 329.6, 392.0)]
    return (0.1 * np.sum(notes, axis=0)).astype(np.float32)


def written(path: Path, *parts: Samples) -> Path:
    """A WAV file of these parts, one after the other."""
    with wave.open(str(path), "wb") as recording:
        recording.setparams((1, 2, RATE, 0, "NONE", ""))
        for part in parts:
            recording.writeframes((np.clip(part, -1, 1) * 32767).astype("<i2").tobytes())
    return path
