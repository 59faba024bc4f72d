"""Detects loops in decoded text, and the repeats in them that nobody spoke.

A language model that has repeated the same words a few times is likely to repeat them again,
with growing probability and without attending to the audio. People repeat themselves, too: they
count, sing refrains and say "no, no, no". Alignment distinguishes the two: spoken words get
their own piece of the audio, hallucinated ones get none and all fall on one moment.
"""

import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from transcribid.domain.transcript import Word

COMPRESSION = 2.4  # above it a text repeats itself (openai/whisper, transcribe())
_LOOP = (10, 5, 4, 3)  # repeats of one word, two, three, four or more that are a loop
_LONGEST_PHRASE = 12  # words
_BYTES = 256  # characters that one byte can distinguish
_SOUNDLESS = 0.06  # seconds; no word is shorter, and so no repeat of a phrase is


def repetitive(text: str) -> bool:
    return compression_ratio(text) > COMPRESSION or loops(text)


def compression_ratio(text: str) -> float:
    """Characters of the text over bytes after zlib: how repetitive it is.

    Whisper's own measure counts bytes of UTF-8, of which most scripts need two or three for a
    character, so that ordinary Russian or Greek counts as a loop.
    """
    alphabet = {character: number for number, character in enumerate(sorted(set(text)))}
    if len(alphabet) > _BYTES:
        return len(text) / len(zlib.compress(text.encode()))
    encoded = bytes(alphabet[character] for character in text)
    return len(encoded) / len(zlib.compress(encoded)) if encoded else 0.0


def loops(text: str) -> bool:
    """Whether the same words are repeated many times in a row."""
    return any(True for _ in _found([word for word in map(plain, text.split()) if word]))


def plain(word: str) -> str:
    """The word without case, space, punctuation and symbols."""
    return "".join(
        character
        for character in word.casefold()
        if unicodedata.category(character)[0] not in "PSZC"
    )


def soundless(words: Sequence[Word]) -> set[int]:
    """Indices of words in those repeats of a loop that align with no audio of their own."""
    return {
        at
        for start, end, length in _found([plain(word.text) for word in words])
        for first in range(start + length, end, length)
        for at in range(first, min(first + length, end))
        if _soundless(words[first : min(first + length, end)], length)
    }


def _found(words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Loops: first word, end, and number of words in the repeated phrase."""
    for length in range(1, min(_LONGEST_PHRASE, len(words)) + 1):
        for start, end in _periods(words, length):
            if (end - start) // length >= _LOOP[min(length, len(_LOOP)) - 1]:
                yield start, end, length


def _periods(words: Sequence[str], length: int) -> Iterator[tuple[int, int]]:
    """Runs of words in which each is the same as the one `length` before it."""
    breaks = [at for at in range(length, len(words)) if words[at] != words[at - length]]
    for before, after in pairwise([length - 1, *breaks, len(words)]):
        if after - before > 1:
            yield before + 1 - length, after


def _soundless(words: Sequence[Word], length: int) -> bool:
    """Whether a repeat has no audio; one that is incomplete may just be a short word."""
    duration = sum(word.end - word.start for word in words)
    return duration < _SOUNDLESS if len(words) == length else duration == 0.0
