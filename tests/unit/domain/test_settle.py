"""When a file in the inbox is complete, and whether it makes a job."""

from dataclasses import replace

import pytest

from transcribid.domain.admission import Admission, admission
from transcribid.domain.job import Copy, Job, JobId, Source, State
from transcribid.domain.settle import Entry, observe

ENTRY = Entry(Source("talk.mp3", 100, 7), (1, 2, 3, 8))


def test_a_file_is_ripe_after_it_stayed_the_same_for_the_quiet_time() -> None:
    first = observe({}, [ENTRY], now=10.0)
    second = observe(first, [ENTRY], now=14.0)

    assert second["talk.mp3"].ripe_at(quiet=5.0, grace=900.0) == 15.0


@pytest.mark.parametrize("identity", [(9, 2, 3, 8), (1, 9, 3, 8), (1, 2, 9, 8), (1, 2, 3, 9)])
def test_the_wait_begins_anew_when_anything_about_the_file_moves(
    identity: tuple[int, int, int, int],
) -> None:
    first = observe({}, [ENTRY], now=10.0)
    changed = observe(first, [replace(ENTRY, identity=identity)], now=14.0)

    assert changed["talk.mp3"].since == 14.0


def test_an_empty_file_gets_the_long_wait() -> None:
    empty = replace(ENTRY, source=replace(ENTRY.source, size=0))

    assert observe({}, [empty], now=0.0)["talk.mp3"].ripe_at(quiet=5.0, grace=900.0) == 900.0


def test_a_file_that_vanished_is_forgotten() -> None:
    assert observe(observe({}, [ENTRY], now=0.0), [], now=1.0) == {}


def job(state: State, **changes: object) -> Job:
    return replace(Job(JobId(1), ENTRY.source, admitted=0.0), state=state, **changes)


@pytest.mark.parametrize(
    ("latest", "keeps", "verdict"),
    [
        (None, False, Admission.NEW),
        (job(State.QUEUED), False, Admission.KNOWN),
        (job(State.RUNNING, source=Source("talk.mp3", 99, 7)), False, Admission.REPLACES),
        (job(State.DONE, source=Source("talk.mp3", 99, 7)), True, Admission.NEW),
        (job(State.DONE, copy=Copy("ab", 2, 3)), False, Admission.KNOWN),
        (job(State.DONE, copy=Copy("ab", 9, 9)), False, Admission.NEW),
        (job(State.DONE, copy=Copy("ab", 9, 9)), True, Admission.KNOWN),
        (job(State.QUARANTINED), False, Admission.NEW),
        (job(State.WITHDRAWN), False, Admission.NEW),
        (job(State.CANCELLED), False, Admission.KNOWN),
        (job(State.BLOCKED), False, Admission.KNOWN),
    ],
)
def test_a_settled_file_is_judged_by_the_youngest_job_of_its_name(
    latest: Job | None, keeps: bool, verdict: Admission
) -> None:
    assert admission(latest, ENTRY, keeps=keeps) is verdict
