"""Handles lack of memory: smaller batches, the CPU instead, or else a clear failure."""

import gc
import sys
from collections.abc import Callable
from typing import TypeVar

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.symptoms import out_of_memory
from transcribid.protocol.errors import CannotRun, Refused

Result = TypeVar("Result")

_EACH = 400 << 20  # bytes for each chunk in a batch, about
_LARGEST = 32  # chunks in a batch
_ROOM = "Free its memory (nvidia-smi shows what uses it), or set diarization.device to cpu."
_CPU_INSTEAD = "Set diarization.device to cpu, or use a GPU with more memory."
_MORE = "Free memory, raise the limit (MemoryMax=, --memory), or use a machine with more."


def placed(move: Callable[[str], object], device: str, *, insisted: bool) -> str:
    """The device that `move` put the pipeline on: the CPU if it does not fit on the GPU.

    Raises CannotRun if it does not fit and the device is required (`insisted`).
    """
    try:
        move(device)
    except RuntimeError as error:
        if not _is_short(error):
            raise
        message = f"The pipeline does not fit into GPU memory: {error}"
        if insisted:
            raise CannotRun(message, _ROOM, misconfigured=False) from error
        sys.stderr.write(f"{message}\nDiarization runs on the CPU.\n")
    else:
        return device
    move("cpu")
    return "cpu"


class Batches:
    """Chooses the batch size, and halves it for good when memory runs out."""

    def __init__(self, device: str, free: int) -> None:
        """`free` is the free memory of the device, in bytes."""
        self._device = device
        self._size = fitting(free)

    def run(self, run_batch: Callable[[int], Result]) -> Result:
        """The result of `run_batch`, which gets the batch size. Raises Refused."""
        while True:
            try:
                return run_batch(self._size)
            except ValueError as error:
                raise Refused(_failure(FailureKind.BAD_INPUT, error)) from error
            except Exception as error:  # whatever pyannote.audio raises becomes a value
                if not _is_short(error):
                    raise Refused(_failure(FailureKind.ENGINE, error)) from error
                if self._size == 1:
                    raise Refused(_too_small(self._device, error)) from error
                self._size //= 2
                sys.stderr.write(f"Out of memory: batch size reduced to {self._size}.\n")
            gc.collect()


def fitting(free: int) -> int:
    """The largest power of two of chunks that fits into half of the free memory.

    >>> fitting(12 << 30), fitting(80 << 30), fitting(0)
    (8, 32, 1)
    """
    batch = 1
    while batch < _LARGEST and 2 * batch * _EACH <= free / 2:
        batch *= 2
    return batch


def _is_short(error: Exception) -> bool:
    """In torch, CUDA raises an OutOfMemoryError, but the CPU a plain RuntimeError."""
    text = str(error)
    return (
        isinstance(error, MemoryError) or out_of_memory(text) or "can't allocate memory" in text
    )


def _failure(kind: FailureKind, error: Exception) -> Failure:
    return Failure(kind, f"pyannote.audio failed: {_words(error)}")


def _too_small(device: str, error: Exception) -> Failure:
    whose, remedy = ("The", _MORE) if device == "cpu" else ("The GPU's", _CPU_INSTEAD)
    return Failure(FailureKind.MEMORY, f"{whose} memory is too small: {_words(error)}", remedy)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
