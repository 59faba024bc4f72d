"""GPU memory, read by a separate process because NVIDIA's library may abort."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import TypeAdapter

from transcribid.gpu.meter import INTERVAL, GpuMemory
from transcribid.process.child import Child, ChildOutput, Exited

_STALE = 3 * INTERVAL  # seconds after which a reading is out of date
_RESTART_DELAY = 60.0  # seconds
_READING = TypeAdapter(dict[int, GpuMemory])


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One reading of all GPUs; the process prints one per interval."""

    gpus: Mapping[int, GpuMemory]

    @classmethod
    def decode(cls, line: bytes) -> Self:
        """Raises ValueError."""
        return cls(_READING.validate_json(line))


class Gpus:
    def __init__(self, count: int, post: Callable[[ChildOutput], None]) -> None:
        """Without GPUs, no process is started. `post` passes messages on to `receive`."""
        self._count = count
        self._post = post
        self._child: Child | None = None
        self._restart_at = 0.0  # by the monotonic clock, like the next
        self._stale_at = 0.0
        self._gpus: Mapping[int, GpuMemory] = {}

    def receive(self, message: ChildOutput, now: float) -> None:
        if message.child is not self._child:
            return
        match message.message:
            case Exited(status=status, error=error):
                self._child, self._gpus = None, {}
                if status == 0 and not error:
                    self._count = 0  # memory cannot be read on this machine
            case GpuReading(gpus=gpus):
                self._gpus, self._stale_at = gpus, now + _STALE
            case _:
                return

    def memory(self, now: float) -> Mapping[int, GpuMemory]:
        """The last reading; empty if there is none or it is out of date."""
        if self._count and self._child is None and now >= self._restart_at:
            self._restart_at = now + _RESTART_DELAY
            module = "transcribid.gpu.memory_process"
            command = (sys.executable, "-P", "-m", module, str(self._count))
            self._child = Child(command, GpuReading.decode, self._post)
        return self._gpus if now < self._stale_at else {}

    def close(self) -> None:
        if self._child:
            self._child.kill()
            self._child = None
