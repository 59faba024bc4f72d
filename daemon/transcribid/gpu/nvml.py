"""GPU facts from NVIDIA's management library, if nvidia-ml-py is installed."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

_ASSUMED = 8 << 30  # bytes of a small card


def name(number: int) -> str:
    """Its product name; empty if unknown."""
    with _opened(number) as (nvml, device):
        return str(nvml.nvmlDeviceGetName(device)) if device else ""


def free_memory(number: int) -> int:
    """Free bytes; those of a small card if unknown."""
    with _opened(number) as (nvml, device):
        return int(nvml.nvmlDeviceGetMemoryInfo(device).free) if device else _ASSUMED


def memory(number: int) -> tuple[int, int] | None:
    """Bytes used by all programs, and in total; None if unknown."""
    with _opened(number) as (nvml, device):
        if device is None:
            return None
        try:
            info = nvml.nvmlDeviceGetMemoryInfo(device)
        except nvml.NVMLError:
            return None  # a GPU without dedicated memory
        return int(info.used), int(info.total)


@contextmanager
def _opened(number: int) -> Generator[tuple[Any, Any]]:
    """The library and the device, each None if unavailable."""
    try:
        nvml: Any = import_module("pynvml")
    except ImportError:
        yield None, None
        return
    try:
        nvml.nvmlInit()
        device = _device(nvml, number)
    except nvml.NVMLError:
        yield nvml, None
        return
    try:
        yield nvml, device
    finally:
        nvml.nvmlShutdown()


def _device(nvml: Any, number: int) -> Any:
    """CUDA numbers only the GPUs that CUDA_VISIBLE_DEVICES lists, by number or UUID."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    listed = [each.strip() for each in visible.split(",") if each.strip()]
    identifier = listed[number] if number < len(listed) else str(number)
    if identifier.isdigit():
        return nvml.nvmlDeviceGetHandleByIndex(int(identifier))
    return nvml.nvmlDeviceGetHandleByUUID(identifier)
