"""The memory of the GPUs, told by a process of its own: NVIDIA's library may abort."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import TypeAdapter

from transcribid.gpu.meter import INTERVAL, GpuMemory
from transcribid.process.child import Child, Exited, Said

_STALE = 3 * INTERVAL  # seconds after which what was said is no longer true
_AGAIN = 60.0  # seconds until another process is tried
_READING = TypeAdapter(dict[int, GpuMemory])


@dataclass(frozen=True, slots=True)
class GpuReading:
    """What it says again and again."""

    gpus: Mapping[int, GpuMemory]

    @classmethod
    def decode(cls, line: bytes) -> Self:
        """Raises ValueError."""
        return cls(_READING.validate_json(line))


class Gpus:
    def __init__(self, count: int, post: Callable[[Said], None]) -> None:
        """Of none, nobody is asked. `post` puts what is said before whoever calls `hear`."""
        self._count = count
        self._post = post
        self._child: Child | None = None
        self._again = 0.0  # by the monotonic clock, as the next
        self._stale = 0.0
        self._told: Mapping[int, GpuMemory] = {}

    def hear(self, said: Said, now: float) -> None:
        if said.child is not self._child:
            return
        match said.word:
            case Exited(status=status, error=error):
                self._child, self._told = None, {}
                if status == 0 and not error:
                    self._count = 0  # nobody will ever tell
            case GpuReading(gpus=gpus):
                self._told, self._stale = gpus, now + _STALE
            case _:
                return

    def memory(self, now: float) -> Mapping[int, GpuMemory]:
        """What was said last; nothing where nobody tells."""
        if self._count and self._child is None and now >= self._again:
            self._again = now + _AGAIN
            module = "transcribid.gpu.memory_process"
            command = (sys.executable, "-P", "-m", module, str(self._count))
            self._child = Child(command, GpuReading.decode, self._post)
        return self._told if now < self._stale else {}

    def close(self) -> None:
        if self._child:
            self._child.kill()
            self._child = None
