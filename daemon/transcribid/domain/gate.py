"""Whether what was decoded of a window can be believed, and what is missing from it.

Whisper decodes 30 seconds at once and may stop anywhere in them: its own loop then goes on from
the last time that it wrote. We go on, too, but ask for no times. What voice activity detection
calls speech, and what alignment gives no word to, was left out: a *gap*. Speech falls into
spans of a second or two with short silences between them, so a gap is measured over all spans
before the first word, from one word to the next, and behind the last.

A gap of `GAP` seconds is decoded by itself (`engine/window_decoding.py`). What stays a gap then
is reported, and from `domain/thresholds.py` on it makes the transcript one to review.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transcribid.domain.loops import compression_ratio, repetitive, soundless
from transcribid.domain.transcript import Span, Word
from transcribid.domain.window_result import Doubt

# Whisper's own thresholds (openai/whisper, transcribe(): its default arguments).
LOG_PROBABILITY = -1.0  # below it the model guessed
_NO_SPEECH = 0.6  # above it, with a half guess, there was nothing to hear
_HALF_GUESS = -0.8  # Whisper's own rule has -1.0; over music that writes a word now and then
_UNLIKELY = 0.3  # above it, there was nothing to hear where the detector heard nobody either

GAP = 1.5  # seconds of speech from one word to the next that are too long for a pause
_LONGEST_WORD = 2.5  # seconds; alignment stretches the last word before a gap over it


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """What the model wrote for some sound. Times are seconds from the start of that sound."""

    words: tuple[Word, ...]
    tokens: int  # of text
    cut: bool  # whether the model had to stop, for it may write no more
    average_log_probability: float  # natural logarithm, mean over the tokens of text
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
    speech: tuple[Span, ...]  # what of it is speech

    @property
    def seconds(self) -> float:
        """Of speech without a word."""
        return sum(span.length for span in self.speech)


@dataclass(frozen=True, slots=True)
class Judgement:
    result: DecodeResult
    doubts: tuple[Doubt, ...]
    gaps: tuple[Gap, ...]
    removed: tuple[Word, ...] = ()  # rounds of loops that nobody said

    @property
    def missing(self) -> float:
        """Seconds of speech in gaps."""
        return sum(gap.seconds for gap in self.gaps)

    @property
    def credible(self) -> bool:
        """Whether there are words, and neither guesses nor loops."""
        return bool(self.result.words) and not {Doubt.GUESSED, Doubt.REPEATS} & {*self.doubts}


def judge(result: DecodeResult, speech: Sequence[Span]) -> Judgement:
    """`speech` is where voices are in the window, by voice activity detection."""
    if is_silence(result, speech):
        result = replace(result, words=(), tokens=0, cut=False)
    unsaid = soundless(result.words)
    kept = tuple(word for at, word in enumerate(result.words) if at not in unsaid)
    missing = tuple(gaps(kept, speech))
    return Judgement(
        replace(result, words=kept),
        tuple(_doubts(result, missing)),
        missing,
        tuple(result.words[at] for at in sorted(unsaid)),
    )


def gaps(words: Sequence[Word], speech: Sequence[Span]) -> Iterator[Gap]:
    """Where at least `GAP` seconds of speech lie before, between or behind the words."""
    end = speech[-1].end if speech else 0.0
    at = 0.0
    for start, reach in [*((word.start, _reach(word)) for word in words), (end, end)]:
        inside = tuple(_clipped(speech, at, start))
        if sum(span.length for span in inside) >= GAP:
            yield Gap(at, start, inside)
        at = max(at, reach)


def covered(words: Sequence[Word], speech: Sequence[Span]) -> float:
    """Seconds of the speech in which there are words."""
    return sum(
        span.length for word in words for span in _clipped(speech, word.start, _reach(word))
    )


def is_silence(result: DecodeResult, speech: Sequence[Span]) -> bool:
    """Whether the words were written where nobody speaks."""
    doubtful = result.average_log_probability < _HALF_GUESS
    if not speech:
        unlikely = result.no_speech_probability > _UNLIKELY
        return unlikely or doubtful or repetitive(result.text)
    return doubtful and result.no_speech_probability > _NO_SPEECH


def may_be_silence(result: DecodeResult) -> bool:
    """Whether so little speaks for the words that all the silence behind them may decide."""
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
