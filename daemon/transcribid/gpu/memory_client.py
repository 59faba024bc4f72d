"""The memory of the GPUs, told by a process of its own: NVIDIA's library may abort."""

import sys
import time
from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from transcribid.gpu.meter import INTERVAL, GpuMemory
from transcribid.process.child import Worker

_STALE = 3 * INTERVAL  # seconds after which what was said is no longer true
_AGAIN = 60.0  # seconds until another process is tried
_TOLD = TypeAdapter(dict[int, GpuMemory])


class Gpus:
    """All but listening happens in the deciding thread."""

    def __init__(self, count: int) -> None:
        """Of none, nobody is asked."""
        self._count = count
        self._worker: Worker | None = None
        self._again = 0.0  # by the monotonic clock, as the next
        self._stale = 0.0
        self._told: Mapping[int, GpuMemory] = {}

    def memory(self, now: float) -> Mapping[int, GpuMemory]:
        """What was said last; nothing where nobody tells."""
        if self._count and now >= self._again and not (self._worker and self._worker.lives()):
            self.close()
            self._again = now + _AGAIN
            command = (
                sys.executable,
                "-P",
                "-m",
                "transcribid.gpu.memory_process",
                str(self._count),
            )
            self._worker = Worker(command, self._listen)
        return self._told if now < self._stale else {}

    def close(self) -> None:
        if self._worker:
            self._worker.kill()
            self._worker.bury()
            self._worker = None

    def _listen(self, worker: Worker) -> None:
        try:
            for line in worker.lines():
                self._told = _TOLD.validate_json(line)
                self._stale = time.monotonic() + _STALE
        except ValidationError:
            worker.kill()  # it does not speak our language
        self._stale = 0.0
        if worker.wait() == 0:
            self._count = 0  # nobody will ever tell
