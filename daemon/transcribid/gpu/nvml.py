"""What NVIDIA's management library says of a GPU, where nvidia-ml-py is installed."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

_MODEST = 8 << 30  # bytes that a small card has


def name(number: int) -> str:
    """What it says on the box; nothing where nobody tells."""
    with _opened(number) as (nvml, device):
        return str(nvml.nvmlDeviceGetName(device)) if device else ""


def free_memory(number: int) -> int:
    """Bytes that nobody uses; what a small card has where nobody tells."""
    with _opened(number) as (nvml, device):
        return int(nvml.nvmlDeviceGetMemoryInfo(device).free) if device else _MODEST


def memory(number: int) -> tuple[int, int] | None:
    """Bytes that all programs use, and that there are; None where nobody tells."""
    with _opened(number) as (nvml, device):
        if device is None:
            return None
        try:
            told = nvml.nvmlDeviceGetMemoryInfo(device)
        except nvml.NVMLError:
            return None  # a chip that has no memory of its own
        return int(told.used), int(told.total)


@contextmanager
def _opened(number: int) -> Generator[tuple[Any, Any]]:
    """The library and the device; None for either that is not there."""
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
    """CUDA counts only what CUDA_VISIBLE_DEVICES lists: by number or by UUID."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    listed = [each.strip() for each in visible.split(",") if each.strip()]
    identifier = listed[number] if number < len(listed) else str(number)
    if identifier.isdigit():
        return nvml.nvmlDeviceGetHandleByIndex(int(identifier))
    return nvml.nvmlDeviceGetHandleByUUID(identifier)
