"""How right a transcript is: word errors, and how far its word times are off."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        errors=int(_table(said, starter.words(text))[-1, -1]),
        distances=tuple(_distances(recording.words, words)),
    )


def _distances(said: Sequence[Word], heard: Sequence[Word]) -> list[float]:
    pairs = _matches([_plain(word) for word in said], [_plain(word) for word in heard])
    return [abs(said[first].start - heard[second].start) for first, second in pairs]


def _plain(word: Word) -> str:
    return "".join(starter.words(word.text))


def _matches(said: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of the same words, back along a cheapest way to change the text."""
    table = _table(said, heard)
    first, second = len(said), len(heard)
    pairs: list[tuple[int, int]] = []
    while first and second:
        cost = table[first, second]
        if said[first - 1] == heard[second - 1] and cost == table[first - 1, second - 1]:
            first, second = first - 1, second - 1
            pairs.append((first, second))
        elif cost == table[first - 1, second - 1] + 1:
            first, second = first - 1, second - 1
        elif cost == table[first - 1, second] + 1:
            first -= 1
        else:
            second -= 1
    return pairs


def _table(said: Sequence[str], heard: Sequence[str]) -> NDArray[np.uint16]:
    """Levenshtein's distances of all beginnings, by rows: an hour has 9,000 words."""
    numbers = {word: number for number, word in enumerate({*said, *heard})}
    columns = np.array([numbers[word] for word in heard], np.int32)
    steps = np.arange(len(heard) + 1, dtype=np.int32)
    table = np.empty((len(said) + 1, len(heard) + 1), np.uint16)
    row = table[0] = steps
    for done, word in enumerate(said, 1):
        changed = row[:-1] + (columns != numbers[word])
        best = np.concatenate(([done], np.minimum(changed, row[1:] + 1)))
        row = np.minimum.accumulate(best - steps) + steps  # a word added costs one each
        table[done] = row
    return table
