"""GPU memory is read by another process, whose failures do no harm.

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
from transcribid.process.child import ChildOutput

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
    """Installs a library that does this when opened, for processes started later."""

    def put(init: str) -> None:
        opened = str(tmp_path / "opened")
        (tmp_path / "pynvml.py").write_text(NVML.format(init=init, opened=opened))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    return put


class Owner:
    """Owns the process and receives its readings."""

    def __init__(self, count: int) -> None:
        self._mailbox: SimpleQueue[ChildOutput] = SimpleQueue()
        self.gpus = Gpus(count, self._mailbox.put)

    def memory(self, now: float) -> dict[int, GpuMemory]:
        while not self._mailbox.empty():
            self.gpus.receive(self._mailbox.get(), now)
        return dict(self.gpus.memory(now))


@pytest.fixture
def gpus() -> Iterator[Owner]:
    owner = Owner(2)
    yield owner
    owner.gpus.close()


def reading(gpus: Owner) -> dict[int, GpuMemory]:
    return gpus.memory(time.monotonic())


def test_gpus_that_report_their_memory_are_read(library: Library, gpus: Owner) -> None:
    library("...")

    wait_until(lambda: bool(reading(gpus)), PATIENCE, "a reading")
    assert reading(gpus) == {0: GpuMemory(5 << 30, 24 << 30)}
    assert gpus.memory(time.monotonic() + 60.0) == {}  # that would be out of date


@pytest.mark.parametrize(
    ("init", "ends"),
    [
        ("os.abort()", True),
        ("os.write(1, b'nonsense\\n')", True),
        ("raise NVMLError('no driver')", False),
    ],
)
def test_a_failing_library_only_leaves_memory_unknown(
    library: Library, gpus: Owner, tmp_path: Path, init: str, ends: bool
) -> None:
    library(init)
    meter = Meter(lambda: {0: 1}, gpus.memory)
    before = children(os.getpid())

    assert reading(gpus) == {}
    wait_until((tmp_path / "opened").exists, PATIENCE, "a library that was opened")
    if ends:
        wait_until(lambda: children(os.getpid()) <= before, PATIENCE, "its process ended")
    meter.tend(time.monotonic())
    assert [(each.engines, each.gpus) for each in meter.samples] == [({0: 1}, {})]


def test_without_gpus_no_process_is_started() -> None:
    assert reading(Owner(0)) == {}


def test_an_hour_is_kept() -> None:
    meter = Meter(dict, lambda _: {})
    for second in range(2 * 3600):
        meter.tend(float(second))

    assert len(meter.samples) == 360
