"""Speed and time left are told when there is something to tell, and what waits is no work."""

import time
from dataclasses import replace

import pytest

from support.window_results import window_result
from transcribid.domain.job import Job, JobId, Source, State
from transcribid.protocol.engine import Phase, Progress
from transcribid.service.progress import Attempts
from transcribid.service.status import Running, Status

HALF = Running(JobId(1), "talk.mp3", 300.0, 600.0, seconds=10.0)
JOB = Job(JobId(1), Source("talk.mp3", 1, 1), 0.0, state=State.RUNNING, attempt=2)


@pytest.mark.parametrize(
    ("running", "speed", "remaining"),
    [
        (HALF, 30.0, 10.0),
        (replace(HALF, silent=4.0), 30.0, 6.0),
        (replace(HALF, silent=40.0), 30.0, None),  # it takes longer than it seemed
        (replace(HALF, began_at=295.0), 0.5, 600.0),  # an earlier attempt heard the rest
        (replace(HALF, seconds=0.01), 0.0, None),
        (replace(HALF, duration=None), 30.0, None),
        (replace(HALF, duration=200.0), 30.0, None),  # what its container claims
        (replace(HALF, position=599.9), 59.99, None),
    ],
)
def test_how_fast_and_how_long_yet(
    running: Running, speed: float, remaining: float | None
) -> None:
    assert (running.speed, running.remaining) == (pytest.approx(speed), remaining)


def test_an_attempt_that_goes_on_after_another_is_not_fast() -> None:
    attempts = Attempts(lambda: 0)
    attempts.note(JOB, Progress(JOB.id, 2, 3600.0, 7200.0))

    (running,) = attempts.running([JOB])

    assert (running.position, running.began_at) == (3600.0, 3600.0)
    assert replace(running, seconds=60.0).speed == 0.0


def test_only_what_is_heard_is_running() -> None:
    attempts = Attempts(lambda: 0)
    attempts.note(JOB, Progress(JOB.id, 2, 30.0, 60.0))
    waits = replace(JOB, id=JobId(2))
    diarizing = replace(JOB, state=State.DIARIZING)

    assert [each.job for each in attempts.running([JOB, waits])] == [1]
    assert attempts.running([diarizing]) == ()
    attempts.note(diarizing, Progress(JOB.id, 2, 0.0, 60.0, Phase.SPEAKERS))
    assert [each.phase for each in attempts.running([diarizing])] == [Phase.SPEAKERS]


def test_a_window_that_comes_first_is_where_it_began() -> None:
    attempts = Attempts(lambda: 0)
    attempts.add_window(JOB, window_result(index=10))
    attempts.note(JOB, Progress(JOB.id, 2, window_result(index=10).end, 900.0))

    (running,) = attempts.running([JOB])

    assert replace(running, seconds=10.0).speed == 0.0
    assert running.silent <= time.monotonic()


def test_the_sentence_calls_nothing_fast_that_is_not() -> None:
    status = Status(since=0.0, ready=True, running=(replace(HALF, seconds=0.1),), others=2)

    assert status.sentence == "Transcribing talk.mp3: 50 %."
    assert replace(status, running=()).sentence == "Preparing or delivering 2 recordings."
    assert replace(status, running=()).word == "working"
    assert replace(status, running=(HALF,)).sentence == (
        "Transcribing talk.mp3: 50 %, 30 x real time."
    )
