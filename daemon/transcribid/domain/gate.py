"""Judges whether a decoded window is credible, and what is missing from it.

Whisper decodes 30 seconds at once and may stop anywhere in them: its own loop then continues
from the last timestamp. We continue, too, but decode without timestamps. Detected speech that
alignment gives no word was left out: a *gap*. Speech falls into spans of a second or two with
short silences between them, so a gap is measured over all spans before the first word, from one
word to the next, and after the last.

A gap of `GAP` seconds is decoded separately (`engine/window_decoding.py`). What is still a gap
then is reported; beyond a limit (`domain/thresholds.py`) the transcript is one to review.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transcribid.domain.loops import compression_ratio, repetitive, soundless
from transcribid.domain.transcript import Span, Word
from transcribid.domain.window_result import Doubt

# Whisper's own thresholds (openai/whisper, transcribe(): its default arguments).
LOG_PROBABILITY = -1.0  # below it, the model guessed
_NO_SPEECH = 0.6  # above it, with text below _HALF_GUESS, there is no speech
_HALF_GUESS = -0.8  # Whisper's own rule has -1.0, which lets words through over music
_UNLIKELY = 0.3  # above it, there is no speech where the detector found none either

GAP = 1.5  # seconds of speech from one word to the next that are too long for a pause
_LONGEST_WORD = 2.5  # seconds; alignment stretches the last word before a gap over it


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """The decoded text of some audio. Times are in seconds from the start of that audio."""

    words: tuple[Word, ...]
    tokens: int  # number of text tokens
    cut: bool  # whether the model hit its limit of tokens
    average_log_probability: float  # natural logarithm, mean over text tokens
    no_speech_probability: float  # 0 to 1

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words).strip()

    @property
    def compression_ratio(self) -> float:
        return compression_ratio(self.text)


@dataclass(frozen=True, slots=True)
class Gap:
    """From one word to the next, or to the end of the window."""

    start: float  # seconds into the window
    end: float
    speech: tuple[Span, ...]  # detected speech in it

    @property
    def seconds(self) -> float:
        """Seconds of speech without words."""
        return sum(span.length for span in self.speech)


@dataclass(frozen=True, slots=True)
class Judgement:
    result: DecodeResult
    doubts: tuple[Doubt, ...]
    gaps: tuple[Gap, ...]
    removed: tuple[Word, ...] = ()  # repeats in loops that align with no audio

    @property
    def missing(self) -> float:
        """Seconds of speech in gaps."""
        return sum(gap.seconds for gap in self.gaps)

    @property
    def credible(self) -> bool:
        """Whether there are words, and neither guesses nor loops."""
        return bool(self.result.words) and not {Doubt.GUESSED, Doubt.REPEATS} & {*self.doubts}


def judge(result: DecodeResult, speech: Sequence[Span]) -> Judgement:
    """`speech` is where voice activity detection found speech in the window."""
    if is_silence(result, speech):
        result = replace(result, words=(), tokens=0, cut=False)
    removed = soundless(result.words)
    kept = tuple(word for at, word in enumerate(result.words) if at not in removed)
    missing = tuple(gaps(kept, speech))
    return Judgement(
        replace(result, words=kept),
        tuple(_doubts(result, missing)),
        missing,
        tuple(result.words[at] for at in sorted(removed)),
    )


def gaps(words: Sequence[Word], speech: Sequence[Span]) -> Iterator[Gap]:
    """Where there are at least `GAP` seconds of speech before, between or after the words."""
    end = speech[-1].end if speech else 0.0
    at = 0.0
    for start, reach in [*((word.start, _reach(word)) for word in words), (end, end)]:
        inside = tuple(_clipped(speech, at, start))
        if sum(span.length for span in inside) >= GAP:
            yield Gap(at, start, inside)
        at = max(at, reach)


def covered(words: Sequence[Word], speech: Sequence[Span]) -> float:
    """Seconds of the speech that words cover."""
    return sum(
        span.length for word in words for span in _clipped(speech, word.start, _reach(word))
    )


def is_silence(result: DecodeResult, speech: Sequence[Span]) -> bool:
    """Whether the words were decoded where nobody speaks."""
    doubtful = result.average_log_probability < _HALF_GUESS
    if not speech:
        unlikely = result.no_speech_probability > _UNLIKELY
        return unlikely or doubtful or repetitive(result.text)
    return doubtful and result.no_speech_probability > _NO_SPEECH


def may_be_silence(result: DecodeResult) -> bool:
    """Whether the words are so doubtful that full padding may show them to be silence."""
    doubtful = result.average_log_probability < _HALF_GUESS
    return bool(result.words) and doubtful and result.no_speech_probability > _UNLIKELY


def _reach(word: Word) -> float:
    return min(word.end, word.start + _LONGEST_WORD)


def _clipped(speech: Sequence[Span], start: float, end: float) -> Iterator[Span]:
    for span in speech:
        if span.start < end and span.end > start:
            yield Span(max(span.start, start), min(span.end, end))


def _doubts(result: DecodeResult, missing: Sequence[Gap]) -> Iterator[Doubt]:
    if repetitive(result.text):
        yield Doubt.REPEATS
    if result.words and result.average_log_probability < LOG_PROBABILITY:
        yield Doubt.GUESSED
    if result.cut:
        yield Doubt.CUT
    if missing:
        yield Doubt.UNHEARD
