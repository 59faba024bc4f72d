"""Windows that were heard come back, whatever became of the file in the meantime."""

import time
from pathlib import Path

import pytest

from support.window_results import window_result
from transcribid.domain.job import JobId
from transcribid.domain.window_result import WindowResult
from transcribid.storage.checkpoints import Checkpoint, Checkpoints

JOB = JobId(7)
RECORDING = "5e" * 32  # its sha256
ZERO, ONE, TWO = window_result(0), window_result(1), window_result(2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "heard"


def kept(folder: Path, *window_results: WindowResult) -> Checkpoints:
    checkpoints = Checkpoints(folder)
    for each in window_results:
        checkpoints.add(JOB, Checkpoint(1, each))
    return checkpoints


def test_of_a_job_that_nobody_heard_there_is_nothing(folder: Path) -> None:
    assert Checkpoints(folder).read(JOB) == ()


def test_what_was_added_comes_back_after_a_restart(folder: Path) -> None:
    kept(folder, ZERO, ONE, TWO)

    assert Checkpoints(folder).read(JOB) == (ZERO, ONE, TWO)
    assert Checkpoints(folder).read(JobId(8)) == ()


def test_nothing_after_a_gap_counts(folder: Path) -> None:
    assert kept(folder, ZERO, TWO).read(JOB) == (ZERO,)


def test_an_attempt_that_begins_again_in_the_middle_has_the_last_word(folder: Path) -> None:
    other = window_result(1, "other")

    assert kept(folder, ZERO, ONE, TWO, other).read(JOB) == (ZERO, other)


def test_a_line_that_was_cut_spoils_none_that_follows(folder: Path) -> None:
    checkpoints = kept(folder, ZERO, ONE)
    file = next(folder.iterdir())
    file.write_bytes(file.read_bytes()[:-20])
    assert checkpoints.read(JOB) == (ZERO,)

    checkpoints.add(JOB, Checkpoint(1, ONE))
    checkpoints.add(JOB, Checkpoint(1, TWO))

    assert checkpoints.read(JOB) == (ZERO, ONE, TWO)


@pytest.mark.parametrize("rubbish", [b"\0" * 4096, b"{}", b"[1, 2]", b"\xff\xfe\n\n"])
def test_rubbish_in_the_file_costs_only_time(folder: Path, rubbish: bytes) -> None:
    folder.mkdir()
    (folder / f"{JOB}.jsonl").write_bytes(rubbish)

    assert kept(folder, ZERO).read(JOB) == (ZERO,)


def test_a_disk_that_refuses_fails_no_job(folder: Path) -> None:
    folder.write_text("in the way")

    assert kept(folder, ZERO).read(JOB) == ()


def test_what_a_job_no_longer_needs_is_removed(folder: Path) -> None:
    checkpoints = kept(folder, ZERO)
    checkpoints.discard(JOB)
    checkpoints.discard(JOB)

    assert checkpoints.read(JOB) == ()


def test_only_what_is_needed_outlives_a_restart(folder: Path) -> None:
    checkpoints = kept(folder, ZERO)
    checkpoints.add(JobId(8), Checkpoint(1, ZERO))
    checkpoints.clear({JOB}, time.time())

    assert checkpoints.read(JOB) == (ZERO,)
    assert checkpoints.read(JobId(8)) == ()


def test_words_wait_for_a_job_that_adds_their_speakers(folder: Path) -> None:
    checkpoints = kept(folder, ZERO, ONE)
    checkpoints.retain(JOB, RECORDING)
    checkpoints.discard(JOB)
    checkpoints.clear(set(), time.time())
    assert checkpoints.read(RECORDING) == (ZERO, ONE)

    checkpoints.release(RECORDING)
    checkpoints.release(RECORDING)

    assert checkpoints.read(RECORDING) == ()


def test_words_do_not_wait_for_ever(folder: Path) -> None:
    checkpoints = kept(folder, ZERO)
    checkpoints.retain(JOB, RECORDING)
    checkpoints.clear(set(), time.time() + 31 * 24 * 3600)

    assert checkpoints.read(RECORDING) == ()


def test_an_attempt_that_finished_a_window_got_further(folder: Path) -> None:
    checkpoints = kept(folder, ZERO)

    assert checkpoints.progressed(JOB, 1)
    assert not checkpoints.progressed(JOB, 2)
