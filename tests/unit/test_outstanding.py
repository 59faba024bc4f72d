"""Who is charged when a worker dies."""

import pytest

from transcribid.domain.job import Failure, FailureKind, JobId
from transcribid.domain.options import Options
from transcribid.protocol.engine import Decoding, Refusal, Request
from transcribid.workers.outstanding import Outstanding

TAKEN_BACK = Refusal(JobId(1), 1, Failure(FailureKind.BYSTANDER, "Taken back."))


def requests(*jobs: int) -> tuple[Outstanding, list[Request]]:
    outstanding = Outstanding()
    made = [Request(JobId(job), 1, "", "", Options(), 1.0, accept_partial=True) for job in jobs]
    for each in made:
        outstanding.add(each, 0.0)
    return outstanding, made


@pytest.mark.parametrize(("in_device", "blamed"), [([], 0), ([2, 3], 1), ([3], 2)])
def test_the_oldest_in_the_device_is_charged(in_device: list[int], blamed: int) -> None:
    outstanding, made = requests(1, 2, 3)
    for job in reversed(in_device):
        outstanding.note(Decoding(JobId(job), 1, 1))

    suspect, others = outstanding.end(1.0)

    assert suspect is made[blamed]
    assert others == [each for each in made if each is not suspect]


def test_nobody_is_charged_for_what_was_taken_back() -> None:
    outstanding, made = requests(1, 2)
    outstanding.note(Decoding(JobId(1), 1, 1))
    outstanding.take_answered(
        Refusal(JobId(1), 1, Failure(FailureKind.BYSTANDER, "Taken back."))
    )

    assert outstanding.end(1.0) == (None, made[1:])


def test_what_was_taken_back_and_has_left_the_device_excuses_nobody() -> None:
    outstanding, made = requests(1, 2)
    outstanding.note(Decoding(JobId(1), 1, 1))
    outstanding.take_answered(
        Refusal(JobId(1), 1, Failure(FailureKind.BYSTANDER, "Taken back."))
    )
    outstanding.note(Decoding(JobId(1), 1, 0))

    assert outstanding.end(1.0) == (made[1], [])


def test_what_was_started_after_the_death_is_not_charged() -> None:
    outstanding, made = requests(1)
    late = Request(JobId(2), 1, "", "", Options(), 1.0, accept_partial=True)
    outstanding.take_answered(Refusal(JobId(1), 1, Failure(FailureKind.BAD_INPUT, "Text.")))
    outstanding.add(late, 2.0)

    assert outstanding.end(1.0) == (None, [late])
    assert made[0] not in outstanding.requests
