"""What an engine process makes of the words of its child, and of silence."""

import pytest

from support.stack import SILENCE, STARTUP, Stack, died, ready, refusal, success
from transcribid.domain.job import FailureKind, JobId
from transcribid.process.child import Exited, Garbled, Memory
from transcribid.protocol.engine import (
    Cancel,
    Decoding,
    Long,
    Progress,
    Refusal,
    Request,
    Unable,
)
from transcribid.workers.recycling import Upkeep

LOST, BYSTANDER, UNABLE = "lost", "bystander", "unable"


@pytest.fixture
def stack() -> Stack:
    return Stack(lambda inner: inner, self_test=False)


@pytest.fixture
def loaded(stack: Stack) -> Stack:
    stack.warm()
    stack.says(ready())
    stack.reported()
    return stack


def sent(stack: Stack) -> list[int]:
    return [each.job for each in stack.child.sent if isinstance(each, Request)]


def last_message(stack: Stack) -> str:
    (last,) = [each for each in stack.news if isinstance(each, Refusal)][-1:]
    return last.failure.message


def test_requests_are_sent_when_the_model_is_loaded(stack: Stack) -> None:
    stack.start(1, 2)
    before = sent(stack)
    stack.says(ready())
    stack.start(3)

    assert (before, sent(stack)) == ([], [1, 2, 3])
    assert stack.reported() == [("ready", 3)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([died()], [(LOST, 1), (BYSTANDER, 2)]),
        ([Decoding(JobId(2), 1, 1), died()], [(LOST, 2), (BYSTANDER, 1)]),
        ([success(1), died()], [("success", 1), (LOST, 2)]),
        ([Garbled("nonsense"), died(9)], [(LOST, 1), (BYSTANDER, 2)]),
        ([refusal(FailureKind.ENGINE, 1), success(2)], [("engine", 1), ("success", 2)]),
        ([success(1), success(1)], [("success", 1), (LOST, 2)]),
        ([success(7)], [(LOST, 1), (BYSTANDER, 2)]),
        ([died(at=-1.0)], [(BYSTANDER, 1), (BYSTANDER, 2)]),  # before they were started
        (
            [Unable(refusal(FailureKind.UNABLE).failure, misconfigured=True)],
            [(UNABLE, 1), (UNABLE, 2), ("unable", 0)],
        ),
    ],
)
def test_each_request_is_answered_once_whatever_the_child_does(
    loaded: Stack, words: list[object], expected: list[tuple[str, int]]
) -> None:
    loaded.start(1, 2)
    loaded.says(*words)
    loaded.says(died())  # if it still lived

    assert loaded.reported() == expected


def test_what_was_taken_back_and_is_still_in_the_device_excuses_the_others(
    loaded: Stack,
) -> None:
    loaded.start(1, 2)
    loaded.says(Decoding(JobId(1), 1, 1), refusal(FailureKind.BYSTANDER, 1), died())

    assert loaded.reported() == [(BYSTANDER, 1), (BYSTANDER, 2)]


@pytest.mark.parametrize(
    ("loads", "patience", "said"),
    [(False, STARTUP, "did not respond for 600 seconds"), (True, SILENCE, "for 300 seconds")],
)
def test_a_silent_child_is_killed_and_named(
    stack: Stack, loads: bool, patience: float, said: str
) -> None:
    stack.start(1)
    if loads:
        stack.says(ready())
    stack.wait(patience - 1)
    patient = not stack.child.killed
    stack.wait(2)
    stack.says(died(9))

    assert patient
    assert stack.child.killed
    assert said in last_message(stack)


def test_every_word_of_it_is_a_sign_of_life(loaded: Stack) -> None:
    loaded.start(1)
    for _ in range(5):
        loaded.wait(SILENCE - 1)
        loaded.says(Progress(JobId(1), 1, 0.0, None))

    assert not loaded.child.killed


def test_one_that_cannot_even_be_killed_is_given_up(loaded: Stack) -> None:
    loaded.start(1)
    loaded.wait(SILENCE + 1)
    loaded.wait(31)
    gone = loaded.reported()
    loaded.start(2)

    assert gone == [(LOST, 1)]
    assert len(loaded.children) == 2


def test_a_child_that_cannot_be_started_says_why(stack: Stack) -> None:
    stack.start(1)
    stack.says(Exited(0.0, error="Cannot allocate memory"))

    assert "cannot be started: Cannot allocate memory." in last_message(stack)
    assert stack.reported() == [(UNABLE, 1), ("unable", 0)]


def test_the_last_place_is_there_again_when_its_recording_turns_out_to_be_long(
    loaded: Stack,
) -> None:
    places = [loaded.executor.free_slots()]
    for job in (1, 2, 3):
        loaded.start(job)
        places.append(loaded.executor.free_slots())
    for job in (1, 2, 3):
        loaded.says(Long(JobId(job), 1))
        places.append(loaded.executor.free_slots())

    assert places == [3, 2, 1, 0, 0, 0, 1]


def test_only_what_is_there_is_taken_back(loaded: Stack) -> None:
    loaded.start(1)
    loaded.executor.stop(JobId(2))
    loaded.executor.stop(JobId(1))

    assert [each for each in loaded.child.sent if isinstance(each, Cancel)] == [
        Cancel(JobId(1))
    ]


def test_closing_refuses_what_runs_and_the_next_has_a_child_of_its_own(loaded: Stack) -> None:
    loaded.start(1, 2)
    loaded.close()
    loaded.close()
    closed = loaded.reported()
    loaded.start(3)

    assert closed == [(BYSTANDER, 1), (BYSTANDER, 2)]
    assert [each.killed for each in loaded.children] == [True, False]


def test_an_idle_engine_is_ended_when_its_time_is_over() -> None:
    stack = Stack(lambda inner: inner, upkeep=Upkeep(keep_alive=60.0), self_test=False)
    stack.start(1)
    stack.says(ready())
    stack.wait(100)
    busy = stack.child.killed
    stack.says(success(1))
    stack.wait(1)
    stack.wait(59)
    early = stack.child.killed
    stack.wait(1)

    assert (busy, early, stack.child.killed) == (False, False, True)


def test_one_that_grew_is_replaced_when_nothing_is_at_work(loaded: Stack) -> None:
    for _ in range(20):
        loaded.start(1)
        loaded.says(success(1))
    loaded.start(1)
    loaded.says(Memory(1 << 30), Memory(4 << 30))
    full, before = loaded.executor.free_slots(), len(loaded.children)
    loaded.wait(1)
    loaded.says(success(1))
    loaded.wait(1)

    assert (full, before, len(loaded.children)) == (0, 1, 2)
