"""The GPU: device nodes, driver, processes that use it, and why CUDA fails, if it does."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from transcribid.config import Config
from transcribid.doctor import child, kept
from transcribid.doctor.answers import Compute, GpuAnswer, Nvml
from transcribid.doctor.child import Death
from transcribid.doctor.finding import Finding, Level
from transcribid.domain.symptoms import recognised
from transcribid.gpu import devices

_AREA = "GPU"
_DRIVER = Path("/proc/driver/nvidia/version")
_LIMIT = 120.0  # seconds; an idle driver takes a while
_NO_GPU = (
    "Install NVIDIA's driver and check that `nvidia-smi` works; run a container with `--gpus"
    " all`. Without a GPU, set engine.device to cpu."
)


def computing(config: Config) -> Compute | Death:
    """The compute types available; CUDA is queried unless engine.device is cpu."""
    return child.ask("compute", Compute, {"cuda": config.engine.device != "cpu"}, limit=_LIMIT)


def device(config: Config, found: Compute | Death) -> str:
    """The device on which the engine is expected to run."""
    requested = config.engine.device
    if requested != "auto":
        return requested
    return "cuda" if usable("cuda", found) else "cpu"


def usable(device: str, found: Compute | Death) -> bool:
    """Whether the device is worth trying."""
    working = isinstance(found, Compute) and found.gpus > 0 and bool(found.cublas)
    return device == "cpu" or working


def numbers(config: Config) -> tuple[int, ...]:
    """The GPUs to use."""
    chosen = config.engine.devices
    return tuple(range(max(1, devices.count()))) if chosen is None else chosen


def findings(config: Config, found: Compute | Death) -> Iterator[Finding]:
    requested, nodes = config.engine.device, _nodes()
    if requested == "cpu":
        yield Finding(_AREA, "Not used: engine.device is cpu", Level.NOTE)
        return
    level = _severity(config)
    if nodes:
        yield from _reachable(nodes, level)
        yield from _nvml_findings(child.ask("nvml", Nvml, limit=_LIMIT))
    else:
        yield Finding(_AREA, "No NVIDIA device in /dev", Level.NOTE)
    yield from _cuda(found, level, there=bool(nodes))
    if usable("cuda", found):
        yield kept.finding(_AREA, config.folders.state)


def _severity(config: Config) -> Level:
    """The level for an unusable GPU, depending on whether the CPU may be used instead."""
    if config.engine.device == "cuda":
        return Level.FAILURE
    if not devices.count():
        return Level.NOTE
    return Level.WARNING if config.engine.fallback == "cpu" else Level.FAILURE


def _nodes() -> list[Path]:
    folder = Path("/dev")
    named = [folder / name for name in ("nvidiactl", "nvidia-uvm", "dxg")]
    gpus = sorted(folder.glob("nvidia[0-9]*"))
    return [node for node in (*gpus, *named) if node.exists()]


def _reachable(nodes: list[Path], level: Level) -> Iterator[Finding]:
    yield Finding(_AREA, f"Device nodes: {', '.join(map(str, nodes))}")
    for node in nodes:
        if not os.access(node, os.R_OK | os.W_OK):
            facts = node.stat()
            what = f"{node} is not accessible to this user ({facts.st_mode & 0o777:o})"
            why = "CUDA opens it for reading and writing."
            remedy = f"usermod -aG $(stat -c %G {node}) USER, and log in again"
            yield Finding(_AREA, what, level, why, remedy)
    names = {node.name for node in nodes}
    if "nvidiactl" in names and "nvidia-uvm" not in names:
        why = "CUDA needs it, and the daemon cannot create it under NoNewPrivileges."
        remedy = "modprobe nvidia_uvm && nvidia-modprobe -u -c=0"
        yield Finding(_AREA, "/dev/nvidia-uvm is missing", level, why, remedy)
    if _DRIVER.exists():
        found = re.search(r"\d{3,}\.\d[\d.]*", _DRIVER.read_text(errors="replace"))
        yield Finding(_AREA, f"Kernel driver {found[0] if found else 'of unknown version'}")


def _nvml_findings(nvml: Nvml | Death) -> Iterator[Finding]:
    if isinstance(nvml, Death):
        yield child.explained(_AREA, "NVML", nvml, Level.WARNING)
    elif not nvml.installed:
        why = "Without it, the GPU's free memory and the processes using it are unknown."
        remedy = "pip install 'transcribid[cuda]'"
        yield Finding(_AREA, "nvidia-ml-py is not installed", Level.NOTE, why, remedy)
    elif nvml.refusal:
        yield _refused(nvml.refusal, Level.WARNING, there=True)
    else:
        yield Finding(_AREA, f"Driver {nvml.driver} (NVML)")
        for gpu in nvml.gpus:
            yield from _described(gpu)


def _described(gpu: GpuAnswer) -> Iterator[Finding]:
    memory = f"{gpu.free >> 20} of {gpu.total >> 20} MiB free"
    yield Finding(_AREA, f"{gpu.name}, compute capability {gpu.capability}, {memory}")
    for user in gpu.users:
        what = f"Process {user.pid} ({user.name}) uses {user.memory >> 20} MiB of it"
        yield Finding(_AREA, what, Level.NOTE)


def _cuda(found: Compute | Death, level: Level, *, there: bool) -> Iterator[Finding]:
    if isinstance(found, Death):
        yield child.explained(_AREA, "Querying CUDA", found, Level.FAILURE)
    elif found.refusal:
        yield _refused(found.refusal, level, there=there)
    elif not found.cublas:
        yield _refused(found.cublas_refusal, level, there=True)
    else:
        types = ", ".join(found.cuda)
        yield Finding(_AREA, f"CUDA devices: {found.gpus}; {types}; cuBLAS: {found.cublas}")


def _refused(words: str, level: Level, *, there: bool) -> Finding:
    """Without a device, CUDA's complaints about the driver are meaningless."""
    symptom = recognised(words) if there else None
    why = f"{symptom.cause} Error: {words}" if symptom else words
    remedy = symptom.remedy if symptom else _NO_GPU
    return Finding(_AREA, "CUDA cannot be used", level, why, remedy)
