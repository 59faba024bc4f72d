"""GPU facts from NVIDIA's management library."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from transcribid.doctor.answers import GpuAnswer, Nvml, User


def answer() -> Nvml:
    try:
        nvml: Any = import_module("pynvml")
    except ImportError:
        return Nvml(installed=False, refusal="", driver="", gpus=())
    try:
        nvml.nvmlInit()
        driver = _text(nvml.nvmlSystemGetDriverVersion())
        gpus = tuple(_gpu(nvml, number) for number in range(nvml.nvmlDeviceGetCount()))
    except nvml.NVMLError as error:
        return Nvml(installed=True, refusal=f"NVML: {error}", driver="", gpus=())
    return Nvml(installed=True, refusal="", driver=driver, gpus=gpus)


def _gpu(nvml: Any, number: int) -> GpuAnswer:
    handle = nvml.nvmlDeviceGetHandleByIndex(number)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
    return GpuAnswer(
        _text(nvml.nvmlDeviceGetName(handle)),
        f"{major}.{minor}",
        int(memory.total),
        int(memory.free),
        tuple(_users(nvml, handle)),
    )


def _users(nvml: Any, handle: Any) -> Iterator[User]:
    try:
        processes = nvml.nvmlDeviceGetComputeRunningProcesses(handle)
    except nvml.NVMLError:
        return  # not supported by virtual GPUs
    for each in processes:
        yield User(int(each.pid), _name(each.pid), int(each.usedGpuMemory or 0))


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        return "outside this container"


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
