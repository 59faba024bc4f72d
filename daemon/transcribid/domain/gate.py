"""Whether what was heard in a window can be believed, and what was missed in it."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transcribid.domain.passage import Doubt
from transcribid.domain.transcript import Stretch, Word

# Whisper's own thresholds (openai/whisper, transcribe(): its default arguments).
COMPRESSION = 2.4  # above it a text repeats itself
LOG_PROBABILITY = -1.0  # below it the model guessed
_NO_SPEECH = 0.6  # above it, with a guess, there was nothing to hear

# Ours: clear speech of the bundled model lies between -0.15 and -0.35.
_UNSURE = -0.4  # mean log-probability below which more hypotheses may find something better

_MOST_TOKENS = 222  # half of Whisper's 448 positions, less the last two: it had to stop there
_LOOP = (10, 5, 4, 3)  # times that one word, two, three, four or more in a row are a loop
_LONGEST_PHRASE = 12  # words
_UNHEARD = 3.0  # seconds of speech in one go without a word
_LONGEST_WORD = 2.5  # seconds; the rest of a longer one was not heard


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said to one window. Times are in the window."""

    words: tuple[Word, ...]
    tokens: int
    average_log_probability: float
    no_speech_probability: float

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words).strip()

    @property
    def compression_ratio(self) -> float:
        return compression_ratio(self.text)


@dataclass(frozen=True, slots=True)
class Judgement:
    answer: Answer
    doubts: tuple[Doubt, ...]
    unheard: tuple[Stretch, ...]

    @property
    def unsure(self) -> bool:
        """Whether listening again is worth its time."""
        return bool(self.doubts) or self.answer.average_log_probability < _UNSURE

    @property
    def badness(self) -> float:
        """The smaller, the better: seconds that are missing, and ten for any other doubt.

        No words at all are worse than words that nothing speaks against.
        """
        missing = sum(stretch.length for stretch in self.unheard) + (not self.answer.words)
        return 10.0 * len(set(self.doubts) - {Doubt.UNHEARD}) + missing


def judge(answer: Answer, speech: Sequence[Stretch]) -> Judgement:
    """`speech` is where voices are in the window, by voice activity detection."""
    if _is_silence(answer):
        answer = replace(answer, words=(), tokens=0)
    missing = tuple(unheard(answer.words, speech))
    return Judgement(answer, tuple(_doubts(answer, missing)), missing)


def compression_ratio(text: str) -> float:
    """Bytes of the text over bytes after zlib: how repetitive it is."""
    encoded = text.encode()
    return len(encoded) / len(zlib.compress(encoded)) if encoded else 0.0


def loops(text: str) -> bool:
    """Whether the same words come again and again, one right after the other."""
    words = re.findall(r"\w+", text.casefold())
    return any(
        _repeats(words, length) >= _LOOP[min(length, len(_LOOP)) - 1]
        for length in range(1, min(_LONGEST_PHRASE, len(words)) + 1)
    )


def unheard(words: Sequence[Word], speech: Sequence[Stretch]) -> Iterator[Stretch]:
    """Speech of some length in which there is no word."""
    for stretch in speech:
        at = stretch.start
        for word in words:
            if word.end <= at or word.start >= stretch.end:
                continue
            if word.start - at >= _UNHEARD:
                yield Stretch(at, word.start)
            at = max(at, min(word.end, word.start + _LONGEST_WORD))
        if stretch.end - at >= _UNHEARD:
            yield Stretch(at, stretch.end)


def _is_silence(answer: Answer) -> bool:
    return (
        answer.no_speech_probability > _NO_SPEECH
        and answer.average_log_probability < LOG_PROBABILITY
    )


def _doubts(answer: Answer, missing: Sequence[Stretch]) -> Iterator[Doubt]:
    if answer.compression_ratio > COMPRESSION or loops(answer.text):
        yield Doubt.REPEATS
    if answer.words and answer.average_log_probability < LOG_PROBABILITY:
        yield Doubt.GUESSED
    if answer.tokens >= _MOST_TOKENS:
        yield Doubt.CUT
    if missing:
        yield Doubt.UNHEARD


def _repeats(words: Sequence[str], length: int) -> int:
    """How often, at most, the same `length` words follow each other."""
    most = run = 1
    for at in range(len(words) - length):
        run = run + 1 if words[at] == words[at + length] else 1
        most = max(most, (run + length - 1) // length if run >= length else 1)
    return most
