"""How far a transcript can be trusted, with reasons that a person understands."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from transcribid.domain.transcript import Segment, Transcript

# Whisper's own thresholds (openai/whisper, transcribe(): its default arguments).
_COMPRESSION = 2.4  # above it a text repeats itself
_LOG_PROBABILITY = -1.0  # below it the model guessed
_REPEATED = 3  # times the same sentence in a row; speech rarely does that
_UNCERTAIN = 0.5  # probability of a language that was found out


class Verdict(StrEnum):
    GOOD = "good"
    REVIEW = "review"  # all was heard, and some of it is doubtful
    PARTIAL = "partial"  # some of the recording could not be heard


@dataclass(frozen=True, slots=True)
class Quality:
    verdict: Verdict
    reasons: tuple[str, ...]  # sentences; empty for a good one


def judge(transcript: Transcript) -> Quality:
    missing, doubts = tuple(_missing(transcript)), tuple(_doubts(transcript))
    if missing:
        return Quality(Verdict.PARTIAL, missing + doubts)
    return Quality(Verdict.REVIEW if doubts else Verdict.GOOD, doubts)


def _missing(transcript: Transcript) -> Iterator[str]:
    audio = transcript.audio
    if audio.missing:
        yield audio.missing
    if audio.errors:
        yield f"{_counted(audio.errors, 'packet')} of the recording could not be decoded."


def _doubts(transcript: Transcript) -> Iterator[str]:
    segments = transcript.segments
    repetitive = sum(each.compression_ratio > _COMPRESSION for each in segments)
    if repetitive:
        yield f"{_counted(repetitive, 'segment')} repeat themselves within."
    guessed = sum(each.average_log_probability < _LOG_PROBABILITY for each in segments)
    if guessed:
        yield f"{_counted(guessed, 'segment')} are little more than guesses."
    yield from _loops(segments)
    if segments and transcript.language_probability < _UNCERTAIN:
        share = round(100 * transcript.language_probability)
        yield f"The language is uncertain: {transcript.language} with {share} %."


def _loops(segments: tuple[Segment, ...]) -> Iterator[str]:
    for text, run in groupby(segments, lambda segment: segment.text.casefold()):
        times = len(list(run))
        if times >= _REPEATED:
            yield f"The same words {times} times in a row: {text[:60]}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
