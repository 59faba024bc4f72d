"""What the worker that finds the speakers promises, with real processes that misbehave."""

import time
from collections.abc import Iterator

import pytest

from contract.test_executor import Desk, Post, kinds, sabotaged
from transcribid.domain.job import FailureKind, JobId
from transcribid.domain.options import Options
from transcribid.protocol.engine import Progress, Refusal, Request
from transcribid.workers.diarizing import Diarizing

LOST, TAKEN_BACK = FailureKind.LOST, FailureKind.BYSTANDER


def diarizing(post: Post) -> Diarizing:
    return Diarizing(sabotaged(post), None)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk(diarizing)
    yield desk
    desk.close()


@pytest.fixture
def hasty() -> Iterator[Desk]:
    desk = Desk(lambda post: Diarizing(sabotaged(post), 0.5))
    yield desk
    desk.close()


def at_work(desk: Desk) -> JobId:
    progress = desk.reply()
    assert isinstance(progress, Progress)
    return progress.job


def test_recordings_are_told_apart_one_by_one_in_their_order(desk: Desk) -> None:
    desk.start_all("talk", "bad", "talk")

    assert kinds(desk.verdicts(3)) == [(1, None), (2, FailureKind.BAD_INPUT), (3, None)]


def test_what_somebody_waits_for_goes_before_the_others(desk: Desk) -> None:
    desk.start_all("talk", "talk")
    for job in (3, 4):
        urgent = Request(JobId(job), 1, "talk", "", Options(), 60.0, True, urgent=True)
        desk.executor.start(urgent, time.monotonic())

    assert kinds(desk.verdicts(4)) == [(1, None), (3, None), (4, None), (2, None)]


@pytest.mark.parametrize("audio", ["abort", "segfault", "exit", "hang"])
def test_a_worker_that_dies_costs_one_answer_alone(desk: Desk, audio: str) -> None:
    desk.start_all(audio, "talk")
    if audio == "hang":
        desk.outwait()

    assert kinds(desk.verdicts(2)) == [(1, LOST), (2, None)]


def test_a_worker_is_not_trusted_after_an_error_of_its_own(desk: Desk) -> None:
    desk.start_all("engine", "talk")

    assert kinds(desk.verdicts(2)) == [(1, FailureKind.ENGINE), (2, None)]


def test_what_is_taken_back_is_answered_at_work_or_not(desk: Desk) -> None:
    desk.start_all("patient", "talk", "talk")
    assert at_work(desk) == 1

    desk.executor.stop(JobId(2))
    desk.executor.stop(JobId(1))

    assert kinds(desk.verdicts(3)) == [(1, TAKEN_BACK), (2, TAKEN_BACK), (3, None)]


def test_closing_refuses_all_and_it_can_be_used_again(desk: Desk) -> None:
    desk.start_all("patient", "talk")
    assert at_work(desk) == 1

    assert kinds(desk.close()) == [(1, TAKEN_BACK), (2, TAKEN_BACK)]
    desk.verdicts(2)
    desk.start("talk", job=3)
    assert kinds([desk.verdict()]) == [(3, None)]


def test_whatever_takes_longer_than_allowed_is_ended(hasty: Desk) -> None:
    hasty.start_all("patient", "patient")

    first, second = hasty.verdicts(2)

    assert kinds([first, second]) == [(1, LOST), (2, LOST)]
    assert isinstance(first, Refusal)
    assert "longer than" in first.failure.message
    assert "diarization.timeout" in first.failure.remedy


def test_it_starts_no_worker_until_it_is_asked(desk: Desk) -> None:
    desk.warm()
    desk.turn()

    assert desk.executor.memory() == {}
