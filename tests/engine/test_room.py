"""What the diarizer does where memory is short, and with whatever a library raises."""

from collections.abc import Callable

import pytest

from transcribid.diarizer.batching import Batches, fitting, placed
from transcribid.domain.job import Failure, FailureKind
from transcribid.protocol.errors import CannotRun, Refused

GIB = 1 << 30
CUDA = RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB.")
CPU = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"
)
SHORT = (CUDA, CPU, MemoryError())


def short_above(size: int, error: Exception) -> Callable[[int], str]:
    """Hears no more chunks at once than that."""

    def run_batch(batch: int) -> str:
        if batch > size:
            raise error
        return f"run in batches of {batch}"

    return run_batch


def refused(error: Exception, device: str = "cpu") -> Failure:
    with pytest.raises(Refused) as raised:
        Batches(device, 0).run(short_above(0, error))
    return raised.value.failure


@pytest.mark.parametrize(("free", "batch"), [(0, 1), (GIB, 1), (12 * GIB, 8), (80 * GIB, 32)])
def test_a_batch_fills_half_of_what_is_free(free: int, batch: int) -> None:
    assert fitting(free) == batch


@pytest.mark.parametrize("error", SHORT)
def test_where_memory_is_short_batches_become_smaller_and_stay_so(error: Exception) -> None:
    batches = Batches("cpu", 12 * GIB)

    assert batches.run(short_above(2, error)) == "run in batches of 2"
    assert batches.run(short_above(9, error)) == "run in batches of 2"


@pytest.mark.parametrize("error", SHORT)
def test_what_does_not_fit_at_all_is_reported_with_what_helps_on_that_device(
    error: Exception,
) -> None:
    on_cpu, on_gpu = refused(error), refused(error, "cuda:0")

    assert {on_cpu.kind, on_gpu.kind} == {FailureKind.MEMORY}
    assert on_cpu.message.startswith("The memory is too small: ")
    assert "GPU" not in on_cpu.remedy
    assert "diarization.device" in on_gpu.remedy


def test_what_cannot_be_done_with_a_recording_is_no_failure_of_the_process() -> None:
    assert refused(ValueError("n_samples=2")).kind is FailureKind.BAD_INPUT


@pytest.mark.parametrize("error", [IndexError("at 7"), TypeError("no"), RuntimeError("CUDA")])
def test_whatever_a_library_raises_is_a_refusal_that_names_it(error: Exception) -> None:
    failure = refused(error)

    assert failure.kind is FailureKind.ENGINE
    assert failure.message == f"pyannote.audio failed: {type(error).__name__}: {error}"


def test_a_pipeline_for_which_the_gpu_has_no_room_goes_to_the_cpu(
    capsys: pytest.CaptureFixture[str],
) -> None:
    moved: list[str] = []

    def move(device: str) -> None:
        moved.append(device)
        if device != "cpu":
            raise CUDA

    assert placed(move, "cuda:1", insisted=False) == "cpu"
    assert moved == ["cuda:1", "cpu"]
    assert "does not fit into GPU memory" in capsys.readouterr().err


def test_where_the_gpu_is_insisted_upon_it_must_have_room() -> None:
    def move(_: str) -> None:
        raise CUDA

    with pytest.raises(CannotRun, match="does not fit into GPU memory") as refusal:
        placed(move, "cuda:0", insisted=True)

    assert not refusal.value.misconfigured
    assert "nvidia-smi" in refusal.value.remedy
