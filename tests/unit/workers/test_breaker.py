"""Whose fault it was, and what is done where memory is short."""

import pytest

from support.stack import Stack, died, ready, refusal, success, whole
from transcribid.domain.job import FailureKind, JobId
from transcribid.protocol.engine import Request, Unable
from transcribid.workers.diarizing import Diarizing
from transcribid.workers.pool import Pool

WORKING = ("working", 0)


@pytest.fixture
def stack() -> Stack:
    stack = whole()
    stack.warm()
    stack.passes()
    assert stack.reported() == [WORKING]
    return stack


def test_nothing_is_taken_before_the_known_clip_was_right() -> None:
    stack = whole()
    stack.warm()
    before = stack.executor.free_slots()
    stack.passes()

    assert (before, stack.executor.free_slots()) == (0, 3)


@pytest.mark.parametrize(
    "word", [died(), refusal(FailureKind.ENGINE)], ids=["death", "error of its own"]
)
def test_a_recording_is_blamed_once_a_fresh_engine_is_sound(stack: Stack, word: object) -> None:
    kind = "engine" if word == refusal(FailureKind.ENGINE) else "lost"
    stack.start(1, 2)
    stack.says(word)
    undecided = stack.reported()
    stack.passes()

    assert undecided == [("bystander", 2)]
    assert stack.reported() == [(kind, 1), WORKING]


def test_a_broken_engine_is_named_and_nobody_is_blamed(stack: Stack) -> None:
    stack.start(1)
    stack.says(died())
    stack.fails()
    once = stack.reported()
    stack.fails()

    assert once == []  # it may have been chance
    assert stack.reported() == [("unable", 1), ("broken", 2)]
    assert stack.executor.free_slots() == 0


def test_a_misconfigured_one_is_broken_at_once() -> None:
    stack = whole()
    stack.warm()
    stack.says(Unable(refusal(FailureKind.UNABLE).failure, misconfigured=True))

    assert stack.reported() == [("broken", 1)]


def test_only_the_known_clip_tells_when_it_works_again(stack: Stack) -> None:
    waits: list[float] = []
    stack.start(1)
    stack.says(died())
    stack.fails()
    for _ in range(6):
        stack.fails()
        before, began = len(stack.children), stack.now
        while len(stack.children) == before:
            stack.wait(1.0)
        waits.append(stack.now - began)
    stack.reported()
    stack.passes()

    assert waits == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    assert stack.reported() == [WORKING]


def test_what_needs_too_much_memory_goes_down_alone(stack: Stack) -> None:
    stack.start(1, 2)
    stack.says(refusal(FailureKind.MEMORY, 1))
    aside = stack.reported()
    asked = [(each.settings.device, each.settings.compute_type) for each in stack.children]
    stack.passes()
    alone = [each.alone for each in stack.child.sent if isinstance(each, Request) and each.job]
    taken = stack.executor.free_slots()
    stack.says(success(1))
    answered = stack.reported()
    stack.wait(0.0)
    stack.passes()

    assert aside == [("bystander", 2)]
    assert asked == [("cuda", "float16"), ("cuda", "float16")]
    assert (alone, taken) == ([True], 0)
    assert answered == [WORKING, ("success", 1)]
    assert stack.child.settings.fallback_reason == ""  # the next gets what was asked for
    assert (stack.reported(), stack.executor.free_slots()) == ([WORKING], 3)


def test_what_is_too_much_for_the_last_step_is_refused(stack: Stack) -> None:
    stack.start(1)
    stack.says(refusal(FailureKind.MEMORY))
    devices = [stack.child.settings.device]
    for _ in range(2):
        stack.passes()
        stack.says(refusal(FailureKind.MEMORY))
        devices.append(stack.child.settings.device)
    stack.passes()
    stack.says(refusal(FailureKind.MEMORY))
    stack.passes()

    assert devices == ["cuda", "cuda", "cpu"]
    assert ("memory", 1) in stack.reported()


def test_one_that_cannot_be_loaded_goes_down_and_is_tried_again_later() -> None:
    stack = whole()
    stack.warm()
    stack.fails(FailureKind.MEMORY)
    stack.passes()
    lower = stack.child.settings.fallback_reason
    stack.wait(599.0)
    patient = len(stack.children)
    stack.wait(2.0)
    stack.passes()

    assert lower
    assert (patient, stack.child.settings.fallback_reason) == (2, "")
    assert stack.executor.free_slots() == 3


def test_closing_in_the_middle_decides_nothing(stack: Stack) -> None:
    stack.start(1, 2)
    stack.says(died())
    stack.close()

    assert stack.reported() == [("bystander", 2), ("bystander", 1)]


def test_a_pool_listens_to_the_child_that_spoke() -> None:
    inner = [whole(), whole()]
    pool = Stack(lambda _: Pool([each.executor for each in inner]))
    pool.warm()
    for each in inner:
        each.passes()
    pool.start(1, 2, 3, 4)

    assert [each.executor.free_slots() for each in inner] == [1, 1]
    assert pool.executor.free_slots() == 2


def test_speakers_are_found_one_recording_at_a_time() -> None:
    stack = Stack(lambda inner: Diarizing(inner, 10.0), self_test=False)
    stack.start(1, 2, 3)
    stack.says(ready(), died())
    first = stack.reported()
    stack.wait(11.0)  # the second takes too long
    second = stack.reported()
    stack.executor.stop(JobId(3))
    stack.wait(0.0)

    assert (first, second) == ([("lost", 1)], [("lost", 2)])
    assert stack.reported() == [("bystander", 3)]
