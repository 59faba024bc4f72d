"""Peak memory of a process and its descendants."""

import importlib
import threading
from contextlib import suppress
from typing import Any, Self

from transcribid.process.rss import descendants, resident

_INTERVAL = 0.2  # seconds


class MemoryWatch:
    """Records the peak while active; pages shared by processes count for each."""

    def __init__(self, pid: int, *, itself: bool = True) -> None:
        """Without `itself`, only the descendants count."""
        self._pid = pid
        self._itself = itself
        self._gpu = GpuMemory()
        self._gpu_before = self._gpu.used()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)
        self.memory = 0  # bytes
        self.gpu_memory: int | None = None  # bytes above the use before

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_INTERVAL):
            processes = descendants(self._pid)
            own = [self._pid] if self._itself else []
            self.memory = max(self.memory, sum(map(resident, [*own, *processes])))
            used = self._gpu.used()
            if used is not None and self._gpu_before is not None:
                self.gpu_memory = max(self.gpu_memory or 0, used - self._gpu_before)


class GpuMemory:
    """Memory of the first GPU, if nvidia-ml-py is installed."""

    def __init__(self) -> None:
        self._library: Any = None
        self._device: Any = None
        with suppress(ImportError):
            self._library = importlib.import_module("pynvml")
        if self._library:
            self._open()

    def used(self) -> int | None:
        """Bytes in use by all programs."""
        if self._device is None:
            return None
        return int(self._library.nvmlDeviceGetMemoryInfo(self._device).used)

    def _open(self) -> None:
        with suppress(self._library.NVMLError):
            self._library.nvmlInit()
            self._device = self._library.nvmlDeviceGetHandleByIndex(0)
