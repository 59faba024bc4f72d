"""What is chosen for a device, by what it can and what is free."""

import os

import pytest

from transcribid.engine.device import choose, fitting_batch, fitting_type
from transcribid.protocol.engine import Settings
from transcribid.protocol.errors import CannotRun

GIB = 1 << 30
VOLTA = {"float16", "int8_float16", "int8_float32", "int8", "float32"}
PASCAL = {"int8_float32", "int8", "float32"}
TURBO = int(1.6 * GIB)


@pytest.mark.parametrize(
    ("supported", "free", "chosen"),
    [
        (VOLTA, 8 * GIB, "float16"),
        (VOLTA, 2 * GIB, "int8_float16"),
        (PASCAL, 8 * GIB, "int8_float32"),
        ({"float32"}, 8 * GIB, "float32"),
    ],
)
def test_the_type_is_as_exact_as_gpu_and_memory_allow(
    supported: set[str], free: int, chosen: str
) -> None:
    assert fitting_type(supported, free, TURBO) == chosen


@pytest.mark.parametrize(
    ("free", "batch"), [(-1, 1), (0, 1), (GIB, 2), (8 * GIB, 16), (80 * GIB, 64)]
)
def test_a_batch_fills_half_of_what_is_free(free: int, batch: int) -> None:
    assert fitting_batch(free) == batch


def test_on_a_cpu_each_core_decodes_a_few_windows() -> None:
    device = choose(Settings("starter", "cpu", "auto"), 0)

    assert (device.name, device.compute_type) == ("cpu", "int8")
    assert device.lanes == len(os.sched_getaffinity(0))
    assert device.batch == min(4, max(1, 16 // device.lanes))


@pytest.mark.parametrize("size", [1, 8])
def test_a_batch_size_is_for_all_lanes_together(size: int) -> None:
    device = choose(Settings("starter", "cpu", "auto", batch_size=size), 0)

    assert device.lanes == min(size, len(os.sched_getaffinity(0)))
    assert device.batch == size // device.lanes


def test_auto_takes_the_cpu_where_there_is_no_gpu_and_owes_no_reason() -> None:
    device = choose(Settings("starter", "auto", "auto"), 0)

    assert (device.name, device.because) == ("cpu", "")


def test_cuda_that_is_insisted_upon_is_refused_with_its_own_words() -> None:
    with pytest.raises(CannotRun, match="CUDA cannot be used: ") as refused:
        choose(Settings("starter", "cuda", "auto"), 0)

    assert not refused.value.misconfigured


def test_why_a_step_was_taken_down_goes_with_the_device() -> None:
    step = Settings("starter", "cpu", "int8", fallback_reason="Out of GPU memory.")

    assert choose(step, 0).because == "Out of GPU memory."
