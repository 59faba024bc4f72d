"""What lies between a voice and the model: hiss, hum, clicks, rooms and bad lines."""

import math
from random import Random

import numpy as np
import torch

from recipe.utterances import RATE, Samples

# How the amplitude goes with the frequency in white, pink, brown and blue noise.
_SLOPES = (0.0, -0.5, -1.0, 0.3)
_HUMS = (50, 60, 100, 120, 400, 1000)  # hertz


def silence(samples: int, random: Random) -> Samples:
    """Nothing at all, noise of any level, or noise with clicks."""
    kind = random.random()
    if kind < 0.3:
        return np.zeros(samples, np.float32)
    audio = noise(samples, random) * decibels(random.uniform(-70, -5))
    if kind > 0.85:
        for _ in range(random.randint(1, 6)):
            first = random.randrange(samples - 800)
            audio[first : first + 400] += noise(400, random) * random.uniform(0.1, 1)
    return audio


def spoiled(audio: Samples, loudness: float, random: Random) -> Samples:
    """A voice in a room, with noise, at some distance; `loudness` is the voice's alone."""
    if random.random() < 0.2:
        audio = _in_a_room(audio, random)
    if random.random() < 0.5:
        ratio = random.uniform(10, 45) if random.random() < 0.8 else random.uniform(30, 60)
        audio = audio + noise(len(audio), random) * loudness * decibels(-ratio)
    return audio * decibels(random.uniform(-28, 0)) / (np.abs(audio).max() + 1e-6)


def noise(samples: int, random: Random) -> Samples:
    """Of unit loudness."""
    (slope,) = random.choices(_SLOPES, (35, 30, 15, 20))
    audio = coloured(samples, slope, random)
    if random.random() < 0.08:
        audio = audio + 2 * hum(samples, random.choice(_HUMS))
    return audio / audio.std()


def coloured(samples: int, slope: float, random: Random) -> Samples:
    audio = generator(random).standard_normal(samples, np.float32)
    if slope:
        spectrum = np.fft.rfft(audio)
        spectrum *= np.maximum(np.arange(len(spectrum)), 1) ** slope
        audio = np.fft.irfft(spectrum, samples).astype(np.float32)
    return audio / (audio.std() + 1e-9)


def hum(samples: int, hertz: float) -> Samples:
    return np.sin(2 * np.pi * hertz / RATE * np.arange(samples)).astype(np.float32)


def on_a_line(power: torch.Tensor, random: Random) -> torch.Tensor:
    """A spectrogram (frequencies, frames) as a microphone or a telephone would bend it."""
    frequency = torch.linspace(0, 1, len(power))
    gain = random.uniform(-1.5, 1.5) * (frequency - 0.3)
    gain += random.uniform(-0.4, 0.4) * torch.cos(frequency * random.uniform(2, 12))
    if random.random() < 0.25:
        gain -= 6 * torch.sigmoid((frequency - random.uniform(0.43, 0.9)) * 80)  # low-pass
    return power * (10**gain)[:, None]


def decibels(level: float) -> float:
    return 10 ** (level / 20)


def _in_a_room(audio: Samples, random: Random) -> Samples:
    length = int(RATE * random.uniform(0.05, 0.3))
    decay = np.exp(-np.arange(length, dtype=np.float32) * 5 / length)
    echo = generator(random).standard_normal(length, np.float32) * decay
    echo *= random.uniform(0.05, 0.35) / np.linalg.norm(echo)
    echo[0] = 1.0
    size = 1 << math.ceil(math.log2(len(audio) + length))  # powers of two are fast
    spectrum = np.fft.rfft(audio, size) * np.fft.rfft(echo, size)
    return np.fft.irfft(spectrum, size)[: len(audio)].astype(np.float32)


def generator(random: Random) -> np.random.Generator:
    return np.random.default_rng(random.getrandbits(64))
