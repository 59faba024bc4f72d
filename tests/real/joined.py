"""Long recordings with a known text: prompts, one after the other, with pauses between them."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from bench import sound
from bench.sound import RATE, Samples
from real.asterisk import Spoken
from real.recordings import Prompt, Recording

_PAUSES = (0.15, 0.3, 0.5, 0.8, 1.2, 2.5)  # seconds
_FULL_SCALE = 32768


def join(spoken: Sequence[Spoken], minutes: float, path: Path, seed: int = 11) -> Recording:
    """At least so long. Each prompt comes once before any comes again."""
    random = Random(seed)
    pool: list[Spoken] = []
    pieces: list[Samples] = []
    prompts: list[Prompt] = []
    length = 0  # samples
    while length < minutes * 60 * RATE:
        if not pool:
            pool = list(spoken)
            random.shuffle(pool)
        chosen = pool.pop()
        samples = sound.read(chosen.path, "g722")
        pause = round(RATE * random.choice(_PAUSES))
        end = length + len(samples)
        prompts.append(Prompt(length / RATE, end / RATE, chosen.text))
        pieces += [samples, _hiss(pause, seed=length)]
        length = end + pause
    sound.write(path, np.concatenate(pieces))
    text = " ".join(prompt.text for prompt in prompts)
    return Recording(path, spoken[0].language, text, length / RATE, tuple(prompts))


def _hiss(samples: int, seed: int) -> Samples:
    steps = np.random.default_rng(seed).integers(-6, 7, samples)  # of a quiet room
    return steps.astype(np.float32) / np.float32(_FULL_SCALE)
