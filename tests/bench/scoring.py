"""How right a transcript is: word errors, and how far its word times are off."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.alignment import align
from bench.corpus import Recording, Word
from transcribid import starter


@dataclass(frozen=True, slots=True)
class Score:
    said: int  # words
    errors: int  # words to change, add or leave out
    distances: tuple[float, ...]  # seconds between where a word starts and where it was put


def score(recording: Recording, text: str, words: Sequence[Word]) -> Score:
    said = starter.words(recording.reference)
    return Score(
        said=len(said),
        errors=align(said, starter.words(text)).wrong,
        distances=tuple(_distances(recording.words, words)),
    )


def _distances(said: Sequence[Word], heard: Sequence[Word]) -> list[float]:
    alignment = align([_plain(word) for word in said], [_plain(word) for word in heard])
    return [abs(said[first].start - heard[second].start) for first, second in alignment.pairs]


def _plain(word: Word) -> str:
    return "".join(starter.words(word.text))
