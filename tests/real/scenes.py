"""Speech as it really comes: by telephone, between music, with somebody else at once."""

from pathlib import Path

import numpy as np

from bench import sound
from bench.sound import RATE, Samples
from real import noises
from real.asterisk import Spoken
from real.joined import join
from real.recordings import Prompt, Recording

_MU = 255  # of G.711's logarithmic law
_MUSIC = 8.0  # seconds of it
_EVERY = 5  # prompts


def telephone(spoken: tuple[Spoken, ...], minutes: float, path: Path) -> Recording:
    """Half the rate, and the eight bits of G.711."""
    clean = join(spoken, minutes, path)
    narrow = _narrowed(sound.read(path))
    sound.write(path, np.repeat(narrow, 2)[: round(clean.seconds * RATE)])
    return clean


def between_music(spoken: tuple[Spoken, ...], minutes: float, path: Path) -> Recording:
    """Some seconds of it after each few prompts."""
    clean = join(spoken, minutes, path)
    samples = sound.read(path)
    music = [piece[: round(_MUSIC * RATE)] for _, piece in noises.some() if len(piece) > RATE]
    pieces: list[Samples] = []
    prompts: list[Prompt] = []
    shift = begin = 0
    for number, prompt in enumerate(clean.prompts, 1):
        by = shift / RATE
        prompts.append(Prompt(prompt.start + by, prompt.end + by, prompt.text))
        if number % _EVERY == 0:
            end = round(prompt.end * RATE)
            pieces += [samples[begin:end], music[number // _EVERY % len(music)]]
            shift, begin = shift + len(pieces[-1]), end
    whole = np.concatenate([*pieces, samples[begin:]])
    sound.write(path, whole)
    return Recording(path, clean.language, clean.text, len(whole) / RATE, tuple(prompts))


def two_voices(
    one: tuple[Spoken, ...], other: tuple[Spoken, ...], minutes: float, path: Path
) -> Recording:
    """Both as loud as the other; the text is that of one."""
    clean = join(one, minutes, path)
    wanted = sound.read(path)
    join(other, minutes, path, seed=12)
    unwanted = sound.read(path)
    length = min(len(wanted), len(unwanted))
    mixed = wanted[:length] + unwanted[:length] * _as_loud(wanted, unwanted)
    loudest = max(1.0, float(np.abs(mixed).max()))
    sound.write(path, (mixed / loudest).astype(np.float32))
    return Recording(path, clean.language, clean.text, length / RATE, clean.prompts)


def _narrowed(samples: Samples) -> Samples:
    """Every second sample, each with the steps of mu-law."""
    halved = samples[: len(samples) // 2 * 2].reshape(-1, 2).mean(axis=1)
    squeezed = np.log1p(_MU * np.abs(halved)) / np.log1p(np.float32(_MU))
    levels = np.rint(squeezed * 127).astype(np.float32) / 127
    loud = np.expm1(levels * np.log1p(np.float32(_MU))) / _MU
    return np.copysign(loud, halved).astype(np.float32)


def _as_loud(one: Samples, other: Samples) -> np.float32:
    return np.float32(_loudness(one) / _loudness(other))


def _loudness(samples: Samples) -> float:
    return float(samples[np.abs(samples) > 0.005].std())
