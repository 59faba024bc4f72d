# pyright: reportUnknownMemberType=false
"""Where the model runs, with what arithmetic, and how much it hears at once."""

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import ctranslate2

from transcribid.engine import CannotRun, cublas
from transcribid.wire import Settings

_BEST = {"cuda": "float16", "cpu": "int8"}
_PER_WINDOW = 200 << 20  # bytes of GPU memory for each window heard at once, about
_CACHED = 1 << 30  # bytes of compiled code; the driver's own limit is too small for us
_MODEST = 8 << 30  # bytes
_LARGEST = 64  # windows; more makes no GPU of today faster


@dataclass(frozen=True, slots=True)
class Device:
    name: str  # cpu or cuda
    compute_type: str
    lanes: int  # batches at work at the same time
    batch: int  # windows in one of them
    threads: int  # of the processor, for each lane
    preparers: int  # processes that decode ahead

    @property
    def timestamps(self) -> bool:
        """Whether the model writes times in its first try.

        They keep it from skipping speech and cost a CPU little; on a GPU their rules are
        what holds up a batch (CTranslate2, ApplyTimestampRules), and doubtful windows
        alone are heard again with them.
        """
        return self.name == "cpu"


def choose(settings: Settings) -> Device:
    """Raises CannotRun with the remedy."""
    if settings.cache:
        os.environ["CUDA_CACHE_PATH"] = settings.cache
        os.environ["CUDA_CACHE_MAXSIZE"] = str(_CACHED)
    name = _name(settings.device)
    compute_type = _BEST[name] if settings.compute_type == "auto" else settings.compute_type
    cores = len(os.sched_getaffinity(0))
    if name == "cpu":
        lanes = min(settings.batch_size or cores, cores)
        return Device(name, compute_type, lanes, 1, max(1, cores // lanes), max(1, cores // 8))
    batch = settings.batch_size or _fitting(_free_memory())
    return Device(name, compute_type, 1, batch, 1, max(1, min(8, cores - 2)))


def _name(wish: str) -> str:
    """The device to use; where `auto` does not take the GPU, the log says why."""
    if wish == "cpu":
        return "cpu"
    try:
        _prove_cuda()
    except CannotRun as error:
        if wish == "cuda":
            raise
        sys.stderr.write(f"CUDA is not used: {error}\n")
        return "cpu"
    return "cuda"


def _prove_cuda() -> None:
    """Raises CannotRun with CUDA's own words."""
    try:
        ctranslate2.get_supported_compute_types("cuda")
    except (RuntimeError, ValueError) as error:
        message = f"CUDA cannot be used: {error}"
        remedy = "Mend the GPU stack, or set engine.device to cpu."
        raise CannotRun(message, remedy, misconfigured=False) from error
    cublas.preload(cublas.places())


def _fitting(free: int) -> int:
    """A power of two of windows for which half of the free memory is enough.

    >>> _fitting(8 << 30), _fitting(80 << 30), _fitting(0)
    (16, 64, 1)
    """
    batch = 1
    while batch < _LARGEST and (2 * batch) * _PER_WINDOW <= free / 2:
        batch *= 2
    return batch


def _free_memory() -> int:
    """Bytes of GPU memory that nobody uses; what a small card has where nobody tells."""
    try:
        nvml: Any = import_module("pynvml")
    except ImportError:
        return _MODEST
    nvml.nvmlInit()
    try:
        return int(nvml.nvmlDeviceGetMemoryInfo(nvml.nvmlDeviceGetHandleByIndex(0)).free)
    finally:
        nvml.nvmlShutdown()
