"""Judges how far a transcript can be trusted, with reasons that a person understands."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Protocol

from transcribid.domain.loops import COMPRESSION
from transcribid.domain.thresholds import Thresholds, thresholds
from transcribid.domain.transcript import Segment, Span, Transcript
from transcribid.domain.window_result import Doubt

NO_SPEECH = "No speech."
_REPEATED = 3  # times the same sentence in a row; speech rarely does that
_UNCERTAIN = 0.7  # probability of a language
_DOUBTFUL = 0.5  # probability of a word
_FIRST, _HANGUL = "\u3040", "\uac00"  # between them, Japanese and Chinese have no spaces
_IN_A_WORD = 2  # of their characters, about
_SHORT = 0.98  # of the duration that the container claims; less is worth a hint
_GUESSING = frozenset(("aac", "ac3", "amr", "dts", "eac3", "loas", "mp3", "matroska,webm"))
_NAMED = 3  # places that a reason names; the rest are counted


class Placed(Protocol):
    @property
    def start(self) -> float: ...


class Verdict(StrEnum):
    GOOD = "good"
    REVIEW = "review"  # everything was decoded, and some of the text is doubtful
    PARTIAL = "partial"  # some of the recording could not be decoded


@dataclass(frozen=True, slots=True)
class Quality:
    verdict: Verdict
    reasons: tuple[str, ...]  # sentences; none if it is good, unless there is no speech

    def __str__(self) -> str:
        return " ".join((f"{self.verdict}:", *self.reasons)) if self.reasons else self.verdict


def verdict_and_reasons(note: str) -> tuple[str, str]:
    """Verdict and reasons of a quality in its string form.

    >>> verdict_and_reasons("review: Repeats itself at 0:12.")
    ('review', 'Repeats itself at 0:12.')
    """
    verdict, _, reasons = note.partition(": ")
    return verdict, reasons


def judge(transcript: Transcript) -> Quality:
    missing, doubts = tuple(_missing(transcript)), tuple(_doubts(transcript))
    silence = () if transcript.segments or transcript.unheard else (NO_SPEECH,)
    if missing:
        return Quality(Verdict.PARTIAL, missing + doubts + silence)
    return Quality(Verdict.REVIEW if doubts else Verdict.GOOD, doubts + silence)


def _missing(transcript: Transcript) -> Iterator[str]:
    audio = transcript.audio
    if audio.missing:
        yield audio.missing
    if audio.errors:
        yield f"{_counted(audio.errors, 'packet')} of the recording could not be decoded."


def _doubts(transcript: Transcript) -> Iterator[str]:
    segments, limits = transcript.segments, thresholds(transcript.performer.digest)
    if repetitive := list(_repetitive(segments)):
        yield f"Repeats itself at {_places(repetitive)}."
    if guessed := list(_guessed(segments, limits)):
        yield f"Low confidence at {_places(guessed)}."
    yield from _unsure(transcript, limits)
    if cut := [each for each in segments if Doubt.CUT in each.doubts]:
        yield f"The text is cut off at {_places(cut)}."
    yield from _loops(segments)
    yield from _silent(transcript, limits)
    yield from _other_track(transcript)
    yield from _elsewhere(transcript)
    yield from _shorter(transcript)
    if lost := transcript.audio.lost:
        yield f"{lost:.1f} seconds are missing inside: the file is damaged or incomplete."
    if transcript.speakers and transcript.speakers.failure:
        yield f"No speaker labels. {transcript.speakers.failure}"


def _loops(segments: tuple[Segment, ...]) -> Iterator[str]:
    for text, run in groupby(segments, lambda segment: segment.text.casefold()):
        times = len(list(run))
        if times >= _REPEATED:
            yield f"The same words {times} times in a row: {text[:60]}"


def _repetitive(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Repetitive segments, and the first of a window that is repetitive only as a whole."""
    for _, run in groupby(segments, lambda each: each.average_log_probability):
        window = list(run)
        alone = [each for each in window if each.compression_ratio > COMPRESSION]
        doubted = [each for each in window if Doubt.REPEATS in each.doubts]
        yield from alone or doubted[:1]


def _guessed(segments: Sequence[Segment], limits: Thresholds) -> Iterator[Segment]:
    """The first segment of each window with very low confidence."""
    for log_probability, run in groupby(segments, lambda each: each.average_log_probability):
        window = list(run)
        if (
            limits.doubted(log_probability, sum(words_in(each.text) for each in window))
            > limits.window
        ):
            yield window[0]


def _unsure(transcript: Transcript, limits: Thresholds) -> Iterator[str]:
    """Low confidence in the words or the language of the whole transcript."""
    words = sum(words_in(each.text) for each in transcript.segments)
    if not words:
        return
    total = sum(
        each.average_log_probability * words_in(each.text) for each in transcript.segments
    )
    certainty = transcript.language_probability
    if limits.doubted(total / words, words) > limits.doubt:
        yield f"Low confidence overall{_how_many_doubtful(transcript)}."
    if (
        limits.doubted(total / words, words, certainty) > limits.doubt
        and certainty < _UNCERTAIN
    ):
        share = round(100 * certainty)
        yield f"The language is uncertain: {transcript.language} at {share} %."


def _how_many_doubtful(transcript: Transcript) -> str:
    words = [word for segment in transcript.segments for word in segment.words]
    doubtful = sum(word.probability < _DOUBTFUL for word in words)
    return f": {doubtful} of {_counted(len(words), 'word')} are doubtful" if doubtful else ""


def words_in(text: str) -> int:
    """The number of words; an estimate for text without spaces."""
    without_spaces = sum(_FIRST <= character < _HANGUL for character in text)
    return max(len(text.split()), without_spaces // _IN_A_WORD)


def _silent(transcript: Transcript, limits: Thresholds) -> Iterator[str]:
    missing = sum(span.length for span in transcript.unheard)
    if missing >= limits.unheard:
        places = _places(transcript.unheard)
        yield f"No words found for {missing:.0f} seconds of speech, at {places}."


def _other_track(transcript: Transcript) -> Iterator[str]:
    audio = transcript.audio
    if audio.speech_in and not transcript.segments:
        other = audio.speech_in
        yield (
            f"Audio track {audio.track} of {audio.tracks} has no words, but track {other} has"
            f" speech: set `transcription.track: {other}`."
        )


def _elsewhere(transcript: Transcript) -> Iterator[str]:
    for language in dict.fromkeys(each.language for each in transcript.foreign):
        spans = [each.span for each in transcript.foreign if each.language == language]
        stretches = _stretches(spans, transcript.segments)
        named = [f"{_clock(each.start)} to {_clock(each.end)}" for each in stretches]
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        yield (
            f"From {', '.join(named[:_NAMED])}{more} it sounds like {language}:"
            " transcription.multilingual detects the language of each part."
        )


def _stretches(spans: Iterable[Span], segments: Sequence[Segment]) -> list[Span]:
    """Spans joined where nothing was said between them."""
    found: list[Span] = []
    for span in spans:
        if found and not any(found[-1].end <= each.start < span.start for each in segments):
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


def _shorter(transcript: Transcript) -> Iterator[str]:
    """A hint only, and none where the duration is a guess from a bit rate, or unreliable."""
    audio = transcript.audio
    if audio.container in _GUESSING:
        return
    if audio.duration and not audio.missing and audio.end < audio.duration * _SHORT - 1.0:
        claimed, decoded = _clock(audio.duration), _clock(audio.end)
        yield f"Its container claims {claimed}, but {decoded} was decoded."


def _places(parts: Sequence[Placed]) -> str:
    named = ", ".join(_clock(part.start) for part in parts[:_NAMED])
    more = len(parts) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _clock(seconds: float) -> str:
    """
    >>> _clock(3725.4)
    '1:02:05'
    """
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
