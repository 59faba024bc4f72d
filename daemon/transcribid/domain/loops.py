"""Texts that go round in circles, and rounds of them that nobody said.

A language model that has written the same words a few times is likely to write them again, with
growing certainty and without looking at the sound. People repeat themselves, too: they count,
sing refrains and say "no, no, no". What tells the two apart is alignment: to words that were
said it gives their own piece of the sound, to invented ones nothing, all of them at one moment.
"""

import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from transcribid.domain.transcript import Word

COMPRESSION = 2.4  # above it a text repeats itself (openai/whisper, transcribe())
_LOOP = (10, 5, 4, 3)  # times that one word, two, three, four or more in a row are a loop
_LONGEST_PHRASE = 12  # words
_BYTES = 256  # characters that one byte tells apart
_SOUNDLESS = 0.06  # seconds; no word is said in less, so a round of words is not either


def repetitive(text: str) -> bool:
    return compression_ratio(text) > COMPRESSION or loops(text)


def compression_ratio(text: str) -> float:
    """Characters of the text over bytes after zlib: how repetitive it is.

    Whisper's own measure takes bytes of UTF-8, of which most scripts need two or three for a
    character, so that ordinary Russian or Greek counts as a loop.
    """
    alphabet = {character: number for number, character in enumerate(sorted(set(text)))}
    if len(alphabet) > _BYTES:
        return len(text) / len(zlib.compress(text.encode()))
    encoded = bytes(alphabet[character] for character in text)
    return len(encoded) / len(zlib.compress(encoded)) if encoded else 0.0


def loops(text: str) -> bool:
    """Whether the same words come again and again, one right after the other."""
    return any(True for _ in _found([word for word in map(plain, text.split()) if word]))


def plain(word: str) -> str:
    """Without what does not count: case, space, punctuation and symbols."""
    return "".join(
        character
        for character in word.casefold()
        if unicodedata.category(character)[0] not in "PSZC"
    )


def soundless(words: Sequence[Word]) -> set[int]:
    """Places of the words that belong to rounds of a loop which have no sound of their own."""
    return {
        at
        for start, end, length in _found([plain(word.text) for word in words])
        for first in range(start + length, end, length)
        for at in range(first, min(first + length, end))
        if _soundless(words[first : min(first + length, end)], length)
    }


def _found(words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Loops: from and to which word, and how many words a round has."""
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
    """A round that is not complete may end in a short word, and that is a sound."""
    duration = sum(word.end - word.start for word in words)
    return duration < _SOUNDLESS if len(words) == length else duration == 0.0
