"""What is done where memory is short: smaller batches, another device, at last plain words."""

import gc
import sys
from collections.abc import Callable
from typing import TypeVar

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.symptoms import out_of_memory
from transcribid.protocol.errors import CannotRun, Refused

Result = TypeVar("Result")

_EACH = 400 << 20  # bytes for each chunk of sound in a batch, about
_LARGEST = 32  # chunks in a batch
_ROOM = "Free its memory (nvidia-smi shows what uses it), or set diarization.device to cpu."
_CPU_INSTEAD = "Set diarization.device to cpu, or use a GPU with more memory."
_MORE = "Free memory, raise the limit (MemoryMax=, --memory), or use a machine with more."


def placed(move: Callable[[str], object], device: str, *, insisted: bool) -> str:
    """Where `move` brought the pipeline: the CPU has it where the GPU has no room.

    Raises CannotRun if the device was insisted upon.
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
    """How many chunks are heard at once: where memory is short, fewer from then on."""

    def __init__(self, device: str, free: int) -> None:
        """`free` is in bytes, of the device's memory."""
        self._device = device
        self._size = fitting(free)

    def run(self, heard: Callable[[int], Result]) -> Result:
        """What `heard` says, which gets the size of a batch. Raises Refused."""
        while True:
            try:
                return heard(self._size)
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
    """A power of two of chunks for which half of the free memory is enough.

    >>> fitting(12 << 30), fitting(80 << 30), fitting(0)
    (8, 32, 1)
    """
    batch = 1
    while batch < _LARGEST and 2 * batch * _EACH <= free / 2:
        batch *= 2
    return batch


def _is_short(error: Exception) -> bool:
    """Of torch, CUDA's is an OutOfMemoryError, the processor's any RuntimeError."""
    said = str(error)
    return (
        isinstance(error, MemoryError) or out_of_memory(said) or "can't allocate memory" in said
    )


def _failure(kind: FailureKind, error: Exception) -> Failure:
    return Failure(kind, f"pyannote.audio failed: {_words(error)}")


def _too_small(device: str, error: Exception) -> Failure:
    whose, remedy = ("The", _MORE) if device == "cpu" else ("The GPU's", _CPU_INSTEAD)
    return Failure(FailureKind.MEMORY, f"{whose} memory is too small: {_words(error)}", remedy)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
