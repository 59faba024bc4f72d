"""Sound in which nobody says a word: music, typing, drums, tones, hiss and silence."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np

from bench import sound
from bench.sound import RATE, Samples
from real import asterisk, fillets
from real.fetch import fetch
from real.packages import DEBIAN

_WITHOUT_VOICES = re.compile(
    r"(loop|ambi|guit|bd|drum|misc_(?!crow)|bass|glitch|perc)"
)  # names of samples
_TONES = ("beep", "beeperr", "ascending-2tone", "descending-2tone")

Noise = tuple[str, Samples]


def noises() -> Iterator[Noise]:
    """Names and sounds, the same each time."""
    random = Random(7)
    yield from _music()
    yield from _typing(random)
    yield from _drums(random)
    yield from _tones()
    yield from generated()


def some() -> Iterator[Noise]:
    """Ten of them, from few packages."""
    yield from islice(_music(), 4)
    yield from generated()
    yield from islice(_tones(), 1)


def _music() -> Iterator[Noise]:
    folder = fetch(DEBIAN["asterisk-moh-opsound-wav"]) / "usr/share/asterisk/moh"
    for path in sorted(folder.glob("*.wav")):
        whole = sound.read(path)
        for number, part in enumerate((0.1, 0.5)):
            begin = round(len(whole) / RATE * part, 1)
            yield f"moh_{path.stem}_{number}", _cut(whole, begin, 40.0)
    for path in fillets.music()[:4]:
        yield f"fil_{path.stem}", _cut(sound.read(path), 5.0, 35.0)


def _typing(random: Random) -> Iterator[Noise]:
    keys = sorted(fetch(DEBIAN["bucklespring-data"]).rglob("*.wav"))
    random.shuffle(keys)
    for number in range(4):
        yield f"keys_{number}", _joined(keys[25 * number : 25 * (number + 1)])


def _drums(random: Random) -> Iterator[Noise]:
    samples = [
        path
        for path in sorted(fetch(DEBIAN["sonic-pi-samples"]).rglob("*.flac"))
        if _WITHOUT_VOICES.match(path.stem)
    ]
    random.shuffle(samples)
    for number in range(6):
        yield f"sonic_{number}", _joined(samples[6 * number : 6 * (number + 1)])


def _tones() -> Iterator[Noise]:
    alsa = fetch(DEBIAN["alsa-utils"]) / "usr/share/sounds/alsa/Noise.wav"
    yield "alsa_Noise", sound.read(alsa)
    for name in _TONES:
        path = asterisk.sounds("en") / f"{name}.g722"
        if path.exists():
            yield name, sound.read(path, "g722")


def generated() -> Iterator[Noise]:
    yield "gen_silence", np.zeros(40 * RATE, np.float32)
    yield "gen_hiss", _coloured(40, 0.003, 0.5)
    yield "gen_white", _coloured(20, 0.1, 0.0)
    yield "gen_brown", _coloured(65, 0.3, 1.0)
    hum = np.sin(np.arange(35 * RATE) * (2 * np.pi * 50 / RATE)) / 8
    yield "gen_hum", hum.astype(np.float32)


def _coloured(seconds: int, loudest: float, slope: float) -> Samples:
    """Noise whose amplitude falls with the frequency to that power."""
    white = np.random.default_rng(7).standard_normal(seconds * RATE)
    spectrum = np.fft.rfft(white)
    spectrum[1:] /= np.arange(1, len(spectrum)) ** slope
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum)
    return (noise * (loudest / np.abs(noise).max())).astype(np.float32)


def _cut(samples: Samples, begin: float, seconds: float) -> Samples:
    first = round(begin * RATE)
    return samples[first : first + round(seconds * RATE)]


def _joined(paths: list[Path]) -> Samples:
    return np.concatenate([sound.read(path) for path in paths])
