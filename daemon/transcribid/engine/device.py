# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""Chooses the device, the compute type and the batch size."""

import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import ctranslate2

from transcribid.domain.symptoms import recognised
from transcribid.gpu import cublas, devices, nvml
from transcribid.protocol.engine import Settings
from transcribid.protocol.errors import CannotRun

_PER_WINDOW = 200 << 20  # bytes of GPU memory for each window in a batch, about
_BESIDES = 1 << 30  # bytes of GPU memory for the context, cuBLAS and one window, about
_CACHED = 1 << 30  # bytes of compiled code; the driver's own limit is too small for us
_TOGETHER = 4  # windows of a batch on a CPU; eight save 5 % more
_CPU_WINDOWS = 16  # in the batches of all cores; the keys and values of each take 37 MB in base
_LARGEST = 64  # windows; more makes no GPU of today faster
_EXACT = ("float16", "bfloat16")  # as the model is; older GPUs than Volta have neither
_SMALL = ("int8_float16", "int8_bfloat16", "int8_float32", "int8")  # half the memory


@dataclass(frozen=True, slots=True)
class Device:
    name: str  # cpu or cuda
    number: int  # index of the GPU
    compute_type: str
    lanes: int  # batches decoded concurrently
    batch: int  # windows in a batch
    threads: int  # CPU threads for each lane
    preparers: int  # processes that prepare windows ahead
    because: str = ""  # why it is not the requested one


def choose(settings: Settings, weights: int) -> Device:
    """`weights` is the size of the model's file in bytes.

    Raises CannotRun with the remedy.
    """
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as nvidia-smi counts
    if settings.cache:
        os.environ["CUDA_CACHE_PATH"] = settings.cache
        os.environ["CUDA_CACHE_MAXSIZE"] = str(_CACHED)
    refusal = _refusal(settings)
    cores = len(os.sched_getaffinity(0))
    if settings.device == "cpu" or refusal is not None:
        return _cpu(settings, cores, because=refusal or settings.fallback_reason)
    return _cuda(settings, cores, weights)


def _cpu(settings: Settings, cores: int, *, because: str) -> Device:
    asked = settings.compute_type
    compute_type = "int8" if asked == "auto" or (because and "16" in asked) else asked
    lanes = min(settings.batch_size or cores, cores)
    together = settings.batch_size or max(lanes, min(_TOGETHER * lanes, _CPU_WINDOWS))
    batch = together // lanes
    threads = max(1, cores // lanes)
    return Device("cpu", 0, compute_type, lanes, batch, threads, max(1, cores // 8), because)


def _cuda(settings: Settings, cores: int, weights: int) -> Device:
    free, compute_type = nvml.free_memory(settings.gpu), settings.compute_type
    if compute_type == "auto":
        supported = ctranslate2.get_supported_compute_types("cuda", settings.gpu)
        compute_type = fitting_type(supported, free, weights)
    batch = settings.batch_size or fitting_batch(free - weights)
    preparers = max(1, min(8, cores - 2))
    return Device(
        "cuda", settings.gpu, compute_type, 1, batch, 1, preparers, settings.fallback_reason
    )


def _refusal(settings: Settings) -> str | None:
    """Why to fall back to the CPU although a GPU was wanted; None where the GPU works.

    Raises CannotRun where the fallback is not allowed.
    """
    if settings.device == "cpu":
        return None
    try:
        _prove_cuda(settings.gpu)
    except CannotRun as error:
        there = devices.count() > 0
        if settings.device == "cuda" or (there and not settings.cpu_allowed):
            raise
        sys.stderr.write(f"Running on the CPU. {error}\n")
        return f"{error} {error.remedy}" if there else ""
    return None


def _prove_cuda(number: int) -> None:
    """Raises CannotRun with CUDA's own message."""
    if refusal := _refusal_of_cuda(number):
        symptom = recognised(refusal)
        remedy = symptom.remedy if symptom else "Run: transcribid doctor."
        message = f"CUDA cannot be used: {refusal.rstrip('.')}."
        raise CannotRun(message, remedy, misconfigured=False)
    cublas.preload(cublas.places())


def _refusal_of_cuda(number: int) -> str:
    try:
        ctranslate2.get_supported_compute_types("cuda", number)  # only the first call raises
    except (RuntimeError, ValueError) as error:
        return str(error)
    there = ctranslate2.get_cuda_device_count()
    return "" if number < there else f"there is no GPU number {number}"


def fitting_type(supported: Collection[str], free: int, weights: int) -> str:
    """The most precise type that the GPU computes fast and that fits into free memory.

    >>> fitting_type({"float16", "int8_float16", "float32"}, 8 << 30, 1600 << 20)
    'float16'
    >>> fitting_type({"float16", "int8_float16", "float32"}, 2 << 30, 1600 << 20)
    'int8_float16'
    """
    order = (*_EXACT, *_SMALL) if free >= weights + _BESIDES else (*_SMALL, *_EXACT)
    return next((each for each in order if each in supported), "float32")


def fitting_batch(free: int) -> int:
    """The largest power of two of windows that fits into half of the free memory.

    >>> fitting_batch(8 << 30), fitting_batch(80 << 30), fitting_batch(0)
    (16, 64, 1)
    """
    batch = 1
    while batch < _LARGEST and (2 * batch) * _PER_WINDOW <= free / 2:
        batch *= 2
    return batch


def weights_of(folder: Path) -> int:
    """Size of the model's file in bytes; common models store float16."""
    return (folder / "model.bin").stat().st_size
