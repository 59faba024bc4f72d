"""What is called good, what is to be reviewed, and what is only a part."""

from dataclasses import replace

import pytest

from transcribid.domain.quality import Verdict, judge
from transcribid.domain.transcript import (
    Audio,
    Foreign,
    Performer,
    Segment,
    Stretch,
    Transcript,
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


def test_a_good_transcript_needs_no_reason() -> None:
    assert judge(GOOD).verdict is Verdict.GOOD
    assert judge(GOOD).reasons == ()


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
        (replace(GOOD, segments=(replace(SEGMENT, average_log_probability=-1.5),)), "guesses"),
        (replace(GOOD, segments=(SEGMENT,) * 3), "3 times in a row"),
        (replace(GOOD, segments=(replace(SEGMENT, doubts=("repeats",)),)), "Repeats itself"),
        (replace(GOOD, segments=(replace(SEGMENT, doubts=("cut",)),)), "More was said"),
        (replace(GOOD, unheard=(Stretch(61.0, 66.0),)), "5 seconds of speech, at 1:01"),
        (replace(GOOD, foreign=(Foreign("es", Stretch(5.0, 30.0)),)), "0:05 to 0:30 it sounds"),
        (replace(GOOD, audio=replace(GOOD.audio, duration=60.0)), "claims 1:00, and 0:02"),
        (replace(GOOD, language_probability=0.4), "en with 40 %"),
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
def test_what_was_not_heard_makes_a_transcript_partial(audio: Audio) -> None:
    assert judge(replace(GOOD, audio=audio)).verdict is Verdict.PARTIAL
