"""The memory of GPUs is told by another process, and what that does harms nobody.

NVIDIA's library is a stand-in here: it needs a driver. `make test-gpu` has the real one.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from support.daemon import wait_until
from support.processes import children
from transcribid.gpu.memory_client import Gpus
from transcribid.gpu.meter import GpuMemory, Meter
from transcribid.process.child import Said

PATIENCE = 60.0  # seconds
NVML = """
import os
from types import SimpleNamespace

class NVMLError(Exception): ...

def nvmlInit():
    open({opened!r}, "w").close()
    {init}
def nvmlShutdown(): ...
def nvmlDeviceGetHandleByIndex(number): return number
def nvmlDeviceGetMemoryInfo(number):
    if number == 1:
        raise NVMLError("Not Supported")
    return SimpleNamespace(used=5 << 30, total=24 << 30, free=19 << 30)
"""
Library = Callable[[str], None]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Puts one that does this when it is opened where processes to come will find it."""

    def put(init: str) -> None:
        opened = str(tmp_path / "opened")
        (tmp_path / "pynvml.py").write_text(NVML.format(init=init, opened=opened))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    return put


class Listener:
    """Who has the process that asks, and hears what it says."""

    def __init__(self, count: int) -> None:
        self._mailbox: SimpleQueue[Said] = SimpleQueue()
        self.gpus = Gpus(count, self._mailbox.put)

    def memory(self, now: float) -> dict[int, GpuMemory]:
        while not self._mailbox.empty():
            self.gpus.hear(self._mailbox.get(), now)
        return dict(self.gpus.memory(now))


@pytest.fixture
def gpus() -> Iterator[Listener]:
    listener = Listener(2)
    yield listener
    listener.gpus.close()


def told(gpus: Listener) -> dict[int, GpuMemory]:
    return gpus.memory(time.monotonic())


def test_it_is_told_of_the_gpus_that_tell(library: Library, gpus: Listener) -> None:
    library("...")

    wait_until(lambda: bool(told(gpus)), PATIENCE, "the library's word")
    assert told(gpus) == {0: GpuMemory(5 << 30, 24 << 30)}
    assert gpus.memory(time.monotonic() + 60.0) == {}  # that would be out of date


@pytest.mark.parametrize(
    ("init", "ends"),
    [
        ("os.abort()", True),
        ("os.write(1, b'nonsense\\n')", True),
        ("raise NVMLError('no driver')", False),
    ],
)
def test_a_library_that_fails_only_leaves_it_untold(
    library: Library, gpus: Listener, tmp_path: Path, init: str, ends: bool
) -> None:
    library(init)
    meter = Meter(lambda: {0: 1}, gpus.memory)
    before = children(os.getpid())

    assert told(gpus) == {}
    wait_until((tmp_path / "opened").exists, PATIENCE, "a library that was opened")
    if ends:
        wait_until(lambda: children(os.getpid()) <= before, PATIENCE, "its process ended")
    meter.tend(time.monotonic())
    assert [(each.engines, each.gpus) for each in meter.samples] == [({0: 1}, {})]


def test_where_there_is_no_gpu_nobody_is_asked() -> None:
    assert told(Listener(0)) == {}


def test_an_hour_is_kept() -> None:
    meter = Meter(dict, lambda _: {})
    for second in range(2 * 3600):
        meter.tend(float(second))

    assert len(meter.samples) == 360
