"""Sets of recordings to be compared on, cut from those that come with the package."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from bench import sound
from bench.sound import RATE, Samples
from transcribid import starter

_LANGUAGES = {
    "en": ("en-long.flac", "en-two-speakers.flac", "en-short.wav"),
    "es": ("es-meeting.mp3",),
}
_MARGIN = 0.15  # seconds of the recording that are kept on both sides of a sentence
_FADE = 0.01  # seconds
_MEDIA = frozenset((".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"))


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start: float  # seconds
    end: float


@dataclass(frozen=True, slots=True)
class Recording:
    path: Path
    reference: str  # what is said; empty where nobody knows
    words: tuple[Word, ...]  # none where nobody knows when
    seconds: float


@dataclass(frozen=True, slots=True)
class Corpus:
    """Recordings that one run of a program gets at once."""

    name: str
    language: str | None  # that the programs are told; None: they find out
    recordings: tuple[Recording, ...]

    @property
    def seconds(self) -> float:
        return sum(recording.seconds for recording in self.recordings)


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of each set is made."""

    notes: int
    hour: float  # seconds
    minutes: int  # recordings in each language


def built(folder: Path, amounts: Amounts) -> tuple[Corpus, ...]:
    """The same recordings each time."""
    sentences = {language: _sentences(names) for language, names in _LANGUAGES.items()}
    return (
        Corpus("notes", None, _notes(folder / "notes", sentences, amounts.notes)),
        Corpus("hour", "en", _hour(folder / "hour", sentences["en"], amounts.hour)),
        Corpus("minutes", None, _minutes(folder / "minutes", sentences, amounts.minutes)),
    )


def found(folder: Path, language: str | None) -> tuple[Corpus, ...]:
    """Each sub-folder with recordings that have their text beside them."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    sets = (Corpus(path.name, language, _beside_their_text(path)) for path in folders)
    return tuple(each for each in sets if each.recordings)


@dataclass(frozen=True, slots=True, eq=False)
class _Sentence:
    text: str
    words: tuple[Word, ...]  # seconds from the start of its sound
    sound: Samples

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


_Sentences = tuple[_Sentence, ...]


def _sentences(names: Iterable[str]) -> _Sentences:
    return tuple(sentence for name in names for sentence in _cut(starter.RECORDINGS / name))


def _cut(path: Path) -> Iterable[_Sentence]:
    samples = sound.read(path)
    for told in json.loads(path.with_suffix(".words.json").read_text(encoding="utf-8")):
        begin = max(0.0, told["start"] - _MARGIN)
        piece = samples[round(begin * RATE) : round((told["end"] + _MARGIN) * RATE)]
        yield _Sentence(told["text"], _words(told["words"], begin), _faded(piece))


def _words(told: list[dict[str, Any]], begin: float) -> tuple[Word, ...]:
    return tuple(
        Word(word["word"], word["start"] - begin, word["end"] - begin) for word in told
    )


def _faded(piece: Samples) -> Samples:
    edge = np.linspace(0, 1, round(_FADE * RATE), dtype=np.float32)
    faded = piece.copy()
    faded[: len(edge)] *= edge
    faded[-len(edge) :] *= edge[::-1]
    return faded


def _notes(folder: Path, sentences: dict[str, _Sentences], count: int) -> tuple[Recording, ...]:
    """Voice notes of 3 to 10 seconds, two thirds of them English, some with noise."""
    random = Random(7)
    return tuple(
        _note(folder, number, sentences["en" if number % 3 else "es"], random)
        for number in range(count)
    )


def _note(folder: Path, number: int, sentences: _Sentences, random: Random) -> Recording:
    while True:
        chosen = random.sample(sentences, random.choice((1, 1, 2, 2, 3)))
        scene = _Scene(random)
        for sentence in chosen:
            scene.say(sentence)
        if 3 <= scene.seconds <= 10:
            noise = random.choice((None, None, 25.0))
            return scene.recorded(folder / f"note-{number:03}.ogg", noise)


def _hour(folder: Path, sentences: _Sentences, seconds: float) -> tuple[Recording, ...]:
    scene = _filled(_Scene(Random(8)), sentences, seconds)
    return (scene.recorded(folder / "hour.mp3", 35.0),)


def _minutes(
    folder: Path, sentences: dict[str, _Sentences], count: int
) -> tuple[Recording, ...]:
    """Recordings of about 75 seconds."""
    random = Random(9)
    return tuple(
        _filled(_Scene(random), sentences[language], 75.0).recorded(
            folder / f"{language}-{number}.flac", random.choice((None, 35.0, 25.0))
        )
        for language in sentences
        for number in range(count)
    )


class _Scene:
    """Sentences, one after the other with pauses between them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._pieces: list[Samples] = []
        self._texts: list[str] = []
        self._words: list[Word] = []
        self._samples = 0
        self._add(_silence(random.uniform(0.1, 0.8)))

    @property
    def seconds(self) -> float:
        return self._samples / RATE

    def say(self, sentence: _Sentence) -> None:
        begin = self.seconds
        self._texts.append(sentence.text)
        self._words += [
            Word(word.text, begin + word.start, begin + word.end) for word in sentence.words
        ]
        self._add(sentence.sound * _factor(self.random.uniform(-5, 0)))
        self._add(_silence(self.random.uniform(0.3, 1.6)))

    def recorded(self, path: Path, noise: float | None) -> Recording:
        """Write it, with noise so many decibels below the voices, or none."""
        samples = np.concatenate(self._pieces)
        if noise is not None:
            loudness = samples[np.abs(samples) > 0.005].std()
            hiss = np.random.default_rng(self.random.getrandbits(32))
            samples += hiss.standard_normal(len(samples), np.float32) * (
                loudness * _factor(-noise)
            )
        samples *= self.random.uniform(0.2, 0.9) / np.abs(samples).max()
        path.parent.mkdir(parents=True, exist_ok=True)
        sound.write(path, samples)
        return Recording(path, "\n".join(self._texts), tuple(self._words), self.seconds)

    def _add(self, piece: Samples) -> None:
        self._pieces.append(piece)
        self._samples += len(piece)


def _filled(scene: _Scene, sentences: _Sentences, seconds: float) -> _Scene:
    """Every sentence once before any comes again."""
    while True:
        for sentence in scene.random.sample(sentences, len(sentences)):
            if scene.seconds + sentence.seconds > seconds:
                return scene
            scene.say(sentence)


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def _factor(decibels: float) -> np.float32:
    return np.float32(10 ** (decibels / 20))


def _beside_their_text(folder: Path) -> tuple[Recording, ...]:
    return tuple(
        Recording(
            path,
            path.with_suffix(".txt").read_text(encoding="utf-8"),
            _told_beside(path.with_suffix(".words.json")),
            sound.seconds(path),
        )
        for path in sorted(folder.iterdir())
        if path.suffix in _MEDIA and path.with_suffix(".txt").exists()
    )


def _told_beside(path: Path) -> tuple[Word, ...]:
    if not path.exists():
        return ()
    return tuple(Word(*told) for told in json.loads(path.read_text(encoding="utf-8")))
