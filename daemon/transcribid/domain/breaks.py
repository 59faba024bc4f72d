"""Where text may be broken for the screen, and at what cost."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from unicodedata import east_asian_width

from transcribid.domain.transcript import UNKNOWN, Segment, Word

# Seconds. A shorter silence belongs to articulation (Goldman-Eisler, 1968).
_PAUSE = 0.25
_SILENCE = 1.0  # our choice: no text should stay on screen until speech so far away

_OPENING = r"\"'“‘«¿¡(\[「『【（"  # noqa: RUF001 - the marks meant
_CLOSING = r"[\"'”’»)\]」』】）]*$"  # noqa: RUF001 - the marks meant
_SENTENCE_END = re.compile(r"[.!?…。！？।؟۔]" + _CLOSING)  # noqa: RUF001 - the marks meant
_CLAUSE_END = re.compile(r"[,;:—–、，；：،؛]" + _CLOSING)  # noqa: RUF001 - the marks meant
_ABBREVIATION = re.compile(r"\W*((\w\.)*\w|mr|mrs|ms|dr|prof|st|sr|sra|srta)\.", re.IGNORECASE)
_LETTER = re.compile(rf"[{_OPENING}]?\w[^\w{_OPENING}]{{0,2}}|\W")  # with the marks around it


class Break(IntEnum):
    """The cost of a break after the end of a sentence, of a clause, and so on."""

    SENTENCE = 0
    CLAUSE = 3
    PAUSE = 4
    ANYWHERE = 8


@dataclass(frozen=True, slots=True)
class Atom:
    """An indivisible unit: a word, or one letter of a word longer than a line."""

    text: str
    start: float
    end: float
    gap: str  # what precedes it: nothing, a space, or a newline where a segment begins
    columns: int  # a wide character, as in Chinese or Japanese, takes two
    speaker: str | None


def atoms(segments: Sequence[Segment], width: int, *, labelled: bool) -> Iterator[Atom]:
    """`labelled`: where the speaker changes, the first atom begins with the name."""
    before = "" if any(segment.speaker for segment in segments) else None
    for segment in segments:
        speaker = segment.speaker
        label = f"{speaker or UNKNOWN}: " if labelled and speaker != before else ""
        before = speaker
        words = _words(segment)
        text = "".join(word.text for word in words)
        clock = [moment for word in words for moment in _moments(word)]
        gap = "\n"
        for run in re.finditer(r"\S+", text):
            for start, end in _pieces(run, width):
                piece = label + text[start:end]
                times = clock[start][0], clock[end - 1][1]
                yield Atom(piece, *times, gap, _columns(piece), speaker)
                gap = label = ""
            gap = " "


def breaks(parts: Sequence[Atom]) -> list[Break]:
    """The kind of break before each atom."""
    between = (_break(before, after) for before, after in pairwise(parts))
    return [Break.SENTENCE, *between]


def _words(segment: Segment) -> tuple[Word, ...]:
    """The segment's words, or if they do not cover its text, the text as one word."""
    timed = "".join(word.text for word in segment.words)
    if timed.split() == segment.text.split():
        return segment.words
    return (Word(segment.start, segment.end, segment.text, 1.0),)


def _moments(word: Word) -> Iterator[tuple[float, float]]:
    """Start and end of each character, interpolated; the space before a word takes no time."""
    lead = len(word.text) - len(word.text.lstrip())
    share = (word.end - word.start) / max(1, len(word.text) - lead)
    for index in range(len(word.text)):
        position = max(0, index - lead)
        yield word.start + share * position, word.start + share * (position + 1)


def _pieces(run: re.Match[str], width: int) -> Iterator[tuple[int, int]]:
    if _columns(run[0]) <= width:
        yield run.span()
        return
    for letter in _LETTER.finditer(run.string, *run.span()):
        yield letter.span()


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(character) in "FW" else 1 for character in text)


def _break(before: Atom, after: Atom) -> Break:
    pause = after.start - before.end
    if _ends_sentence(before.text) or pause >= _SILENCE:
        return Break.SENTENCE
    if _CLAUSE_END.search(before.text) or after.gap == "\n":
        return Break.CLAUSE
    return Break.PAUSE if pause >= _PAUSE else Break.ANYWHERE


def _ends_sentence(text: str) -> bool:
    return bool(_SENTENCE_END.search(text)) and not _ABBREVIATION.fullmatch(text)
