"""On a CPU a batch lasts about ten seconds at most; on any device memory may be short."""

import pytest

from transcribid.domain.job import JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Performer
from transcribid.engine.active_recording import ActiveRecording
from transcribid.engine.batch_size import BatchSize
from transcribid.protocol.engine import Request


@pytest.fixture
def recording() -> ActiveRecording:
    request = Request(JobId(1), 1, "a", "aa", Options(), 60.0, accept_partial=True)
    return ActiveRecording(request, Performer("a", "cuda", "int8", "b"), lambda _: None, 80)


def test_a_gpu_gets_as_much_as_fits_however_long_that_takes() -> None:
    size = BatchSize(64, timed=False)
    size.note(64, 600.0)

    assert size.windows == 64


@pytest.mark.parametrize(
    ("seconds", "windows"), [(0.2, 4), (2.4, 4), (3.0, 3), (6.0, 1), (60.0, 1)]
)
def test_on_a_cpu_the_first_window_says_how_many_follow(seconds: float, windows: int) -> None:
    size = BatchSize(4, timed=True)
    assert size.windows == 1

    size.note(1, seconds)

    assert size.windows == windows


def test_slower_windows_count_at_once_and_faster_ones_with_the_time() -> None:
    size = BatchSize(4, timed=True)
    size.note(4, 4.0)
    size.note(4, 40.0)
    assert size.windows == 1

    sizes: list[int] = []
    for _ in range(4):
        size.note(1, 1.0)
        sizes.append(size.windows)

    assert sizes == [1, 3, 4, 4]


def test_short_of_memory_it_is_halved_until_that_recording_is_finished(
    recording: ActiveRecording,
) -> None:
    size = BatchSize(8, timed=False)
    size.halve(8, recording)
    assert (size.windows, size.short_of_memory) == (4, recording)
    size.halve(1, recording)
    assert size.windows == 1

    size.recover()

    assert (size.windows, size.short_of_memory) == (8, None)
