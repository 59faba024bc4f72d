"""What is called good, what is to be reviewed, and what is only a part."""

import math
from dataclasses import replace

import pytest

from transcribid.domain.quality import Verdict, judge
from transcribid.domain.thresholds import BASE, thresholds
from transcribid.domain.transcript import (
    Audio,
    Foreign,
    Performer,
    Segment,
    Span,
    Transcript,
    Word,
)

SEGMENT = Segment(0.0, 1.0, "Good morning.", (), -0.3, 0.0, 1.2)
GOOD = Transcript(
    language="en",
    language_probability=0.99,
    segments=(SEGMENT, replace(SEGMENT, text="Good night.")),
    audio=Audio("wav", "pcm_s16le", 2.0, 2.0, 0),
    performer=Performer("starter", "cpu", "int8", ""),
    seconds=0.1,
)

TINY_EN = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"  # its weights


def test_a_good_transcript_needs_no_reason() -> None:
    assert judge(GOOD).verdict is Verdict.GOOD
    assert judge(GOOD).reasons == ()


def test_speech_in_another_track_is_no_reason_where_there_are_words() -> None:
    audio = replace(GOOD.audio, tracks=2, speech_in=2)

    assert judge(replace(GOOD, audio=audio)).verdict is Verdict.GOOD


@pytest.mark.parametrize("container", ["mp3", "aac", "matroska,webm"])
def test_a_guessed_length_is_no_reason(container: str) -> None:
    audio = replace(GOOD.audio, container=container, duration=144_000.0)

    assert judge(replace(GOOD, audio=audio)).verdict is Verdict.GOOD


def test_silence_is_no_reason_for_doubt() -> None:
    silence = replace(GOOD, segments=(), language_probability=0.1)

    assert judge(silence).verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("doubtful", "word"),
    [
        (
            replace(GOOD, segments=(replace(SEGMENT, compression_ratio=3.0),)),
            "Repeats itself at 0:00",
        ),
        (
            replace(GOOD, segments=(replace(SEGMENT, average_log_probability=-1.5),)),
            "Low confidence",
        ),
        (replace(GOOD, segments=(SEGMENT,) * 3), "3 times in a row"),
        (replace(GOOD, segments=(replace(SEGMENT, doubts=("repeats",)),)), "Repeats itself"),
        (replace(GOOD, segments=(replace(SEGMENT, doubts=("cut",)),)), "The text is cut off"),
        (replace(GOOD, unheard=(Span(61.0, 66.0),)), "5 seconds of speech, at 1:01"),
        (replace(GOOD, foreign=(Foreign("es", Span(5.0, 30.0)),)), "0:05 to 0:30 it sounds"),
        (
            replace(
                GOOD,
                segments=(replace(SEGMENT, start=31.0, end=33.0),),
                foreign=(
                    Foreign("es", Span(0.0, 30.0)),
                    Foreign("es", Span(60.0, 90.0)),
                    Foreign("es", Span(90.0, 120.0)),
                ),
            ),
            "From 0:00 to 0:30, 1:00 to 2:00 it sounds like es",
        ),
        (replace(GOOD, audio=replace(GOOD.audio, duration=60.0)), "claims 1:00, but 0:02"),
        (replace(GOOD, audio=replace(GOOD.audio, lost=3.21)), "3.2 seconds are missing"),
        (replace(GOOD, language_probability=0.2), "en at 20 %"),
        (
            replace(GOOD, segments=(), audio=replace(GOOD.audio, tracks=3, speech_in=2)),
            "Audio track 1 of 3 has no words, but track 2 has speech",
        ),
    ],
)
def test_what_is_doubtful_is_to_be_reviewed(doubtful: Transcript, word: str) -> None:
    quality = judge(doubtful)

    assert quality.verdict is Verdict.REVIEW
    assert word in quality.reasons[0]


@pytest.mark.parametrize(
    "audio",
    [
        replace(GOOD.audio, errors=1),
        replace(GOOD.audio, missing="Half of it is missing."),
    ],
)
def test_what_was_not_decoded_makes_a_transcript_partial(audio: Audio) -> None:
    assert judge(replace(GOOD, audio=audio)).verdict is Verdict.PARTIAL


def spoken(text: str, log_probability: float, *probabilities: float) -> Segment:
    words = tuple(Word(0.0, 1.0, " word", each) for each in probabilities)
    return replace(SEGMENT, text=text, words=words, average_log_probability=log_probability)


LONG = " ".join(["word"] * 40)


def test_words_that_the_model_was_not_sure_of_are_counted() -> None:
    doubtful = replace(GOOD, segments=(spoken(LONG, -0.4, 0.9, 0.4, 0.3),))

    assert judge(doubtful).reasons == ("Low confidence overall: 2 of 3 words are doubtful.",)


@pytest.mark.parametrize(
    ("text", "log_probability", "good"),
    [
        (LONG, -0.25, True),
        (LONG, -0.35, False),
        ("Yes.", -0.65, True),  # a single word is harder
        ("Yes.", -0.75, False),
        ("三十秒" * 20, -0.25, True),  # written without spaces
        ("三十秒" * 20, -0.45, False),
    ],
)
def test_short_texts_are_given_an_allowance(
    text: str, log_probability: float, *, good: bool
) -> None:
    quality = judge(replace(GOOD, segments=(spoken(text, log_probability),)))

    assert (quality.verdict is Verdict.GOOD) is good


def test_a_doubtful_window_in_a_good_recording_has_its_place() -> None:
    window = replace(spoken(LONG, -0.6), start=65.0)
    quality = judge(replace(GOOD, segments=(*[spoken(LONG, -0.1)] * 9, window)))

    assert quality.reasons[0] == "Low confidence at 1:05."


def test_less_is_forgiven_where_the_language_is_not_certain() -> None:
    unsure = replace(GOOD, segments=(spoken(LONG, -0.2),), language_probability=0.5)

    assert judge(unsure).reasons == ("The language is uncertain: en at 50 %.",)
    assert judge(replace(unsure, language_probability=0.9)).verdict is Verdict.GOOD


def test_what_is_not_a_number_is_not_good() -> None:
    broken = replace(GOOD, segments=(spoken(LONG, math.nan),))

    assert judge(broken).verdict is Verdict.REVIEW


def test_a_breath_without_words_is_no_reason_for_doubt() -> None:
    assert judge(replace(GOOD, unheard=(Span(5.0, 6.6),))).verdict is Verdict.GOOD


def test_models_that_were_never_calibrated_are_judged_as_base() -> None:
    assert thresholds("") == thresholds("another") == BASE
    assert thresholds(TINY_EN).model == "tiny.en"
