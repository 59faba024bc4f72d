"""English that people read aloud: a novel, playing cards, a sonnet, a speech, a sound check."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from bench import sound
from real.fetch import fetch
from real.packages import DEBIAN, JFK, SONNET
from real.recordings import Recording

_LINE = re.compile(r"<s>\s*(.*?)\s*</s>\s*\((.*)\)")
_SPEECH = (
    "And so, my fellow Americans, ask not what your country can do for you, "
    "ask what you can do for your country."
)

_TAKES = ((1.0, 0.0), (0.8, 0.0), (1.0, 0.3), (0.6, 0.7), (0.7, 0.15), (0.9, 0.45))  # seconds


def sonnet(folder: Path) -> Recording:
    """Shakespeare's first."""
    sound_file, text = (fetch(SONNET) / name for name in SONNET.wanted)
    words = text.read_text(encoding="utf-8").split()
    return _recording(sound_file, folder / "sonnet1.mp3", " ".join(words))


def sonnet_again(folder: Path) -> Iterator[Recording]:
    """As it is and five times a little softer or later, which nobody would hear: how many of so
    few words are right is chance as well, and chance evens out."""
    once = sonnet(folder)
    samples = sound.read(once.path)
    for number, (level, later) in enumerate(_TAKES, 1):
        silence = np.zeros(round(later * sound.RATE), np.float32)
        take = np.concatenate([silence, samples * np.float32(level)])
        path = folder / f"sonnet1_{number}.wav"
        sound.write(path, take)
        yield Recording(path, once.language, once.text, len(take) / sound.RATE)


def speech(folder: Path) -> Recording:
    """Kennedy's, of 1961."""
    return _recording(fetch(JFK) / JFK.wanted[0], folder / "jfk.mp3", _SPEECH)


def read_aloud(folder: Path) -> Iterator[Recording]:
    """A novel, cards and a command for a robot."""
    data = fetch(DEBIAN["pocketsphinx-testdata"]) / "usr/share/pocketsphinx/test/data"
    yield from _transcribed(data / "librivox" / "transcription", folder)
    yield from _transcribed(data / "cards" / "cards.transcription", folder)
    robot = folder / "goforward.wav"
    samples = np.fromfile(data / "goforward.raw", "<i2").astype(np.float32) / 32768
    sound.write(robot, samples.astype(np.float32))
    yield Recording(robot, "en", "go forward ten meters", len(samples) / sound.RATE)


def sound_check(folder: Path) -> Iterable[Recording]:
    """Where the loudspeakers stand, as ALSA says it."""
    sounds = fetch(DEBIAN["alsa-utils"]) / "usr/share/sounds/alsa"
    return (
        _recording(path, folder / f"alsa_{path.name}", path.stem.replace("_", " "))
        for path in sorted(sounds.glob("*.wav"))
        if path.stem != "Noise"
    )


def _transcribed(listing: Path, folder: Path) -> Iterator[Recording]:
    for line in listing.read_text().splitlines():
        said = _LINE.match(line)
        if said and (path := listing.with_name(f"{said[2]}.wav")).exists():
            name = f"{listing.parent.name}_{path.name}"
            yield _recording(path, folder / name, said[1])


def _recording(path: Path, named: Path, text: str) -> Recording:
    named.symlink_to(path)
    return Recording(named, "en", text, sound.seconds(path))
