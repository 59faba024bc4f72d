"""What an engine may say of the known clip, and what not."""

import math

import pytest

from transcribid import starter
from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.transcript import Audio, Performer, Segment, Transcript
from transcribid.domain.window_result import Doubt
from transcribid.protocol.engine import Ready, Refusal, Success
from transcribid.workers import canary

PERFORMER = Performer("small", "cuda", "float16", "these libraries")


def heard(text: str, probability: float = -0.2, *doubts: str) -> Success:
    segments = (Segment(0.0, 3.0, text, (), probability, doubts=doubts),) if text else ()
    audio = Audio("wav", "pcm_s16le", 3.0, 3.0, 0)
    return Success(canary.JOB, 1, Transcript("en", 1.0, segments, audio, PERFORMER, 0.1))


@pytest.mark.parametrize(
    "text",
    [starter.clip().reference, "There are 46 people in the station.", "Es sind 46 Leute da."],
)
def test_the_words_or_certainty_of_others_pass(text: str) -> None:
    assert canary.objection(heard(text)) == ""


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        (heard(""), "no words"),
        (heard("!!!!!!!!", -3.0), "!!!!"),
        (heard("the the the the", -0.2, Doubt.REPEATS), "the the"),
        (heard("There", math.nan), "NaN or infinity"),
        (Refusal(canary.JOB, 1, Failure(FailureKind.ENGINE, "CUDA failed")), "CUDA failed"),
    ],
)
def test_what_a_broken_device_makes_up_does_not(verdict: Success | Refusal, why: str) -> None:
    assert why in canary.objection(verdict)


def test_the_clip_is_heard_as_often_as_windows_are_heard_at_once() -> None:
    tried = canary.Canary(300.0)
    ready = Ready(PERFORMER, slots=18, concurrent_windows=8)
    requests = tried.begin(ready, now=0.0)
    answers = [tried.receive(heard(starter.clip().reference), 2.0) for _ in requests]

    assert len(requests) == len({request.attempt for request in requests}) == 8
    assert answers == [None] * 7 + [ready]
    assert tried.limit == 20.0


def test_a_lack_of_memory_is_named_so_that_less_is_tried() -> None:
    tried = canary.Canary(300.0)
    tried.begin(Ready(PERFORMER, slots=1), now=0.0)
    short = Failure(FailureKind.MEMORY, "CUDA failed with error out of memory")

    assert tried.receive(Refusal(canary.JOB, 1, short), 1.0) is None
    assert tried.failure is not None
    assert tried.failure.kind is FailureKind.MEMORY
    assert "batch_size" in tried.failure.remedy
