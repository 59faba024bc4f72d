"""Memory use of the engines over the last hour."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

INTERVAL = 10.0  # seconds between two samples
_KEPT = 360  # samples


@dataclass(frozen=True, slots=True)
class GpuMemory:
    used: int  # bytes, by all programs
    total: int  # bytes


@dataclass(frozen=True, slots=True)
class Sample:
    at: float  # seconds since the epoch
    engines: Mapping[int, int]  # resident bytes of each running engine's processes
    gpus: Mapping[int, GpuMemory]  # those whose memory is known


class Meter:
    """Measured by the deciding thread; samples may be read from any thread."""

    def __init__(
        self,
        engines: Callable[[], Mapping[int, int]],
        gpus: Callable[[float], Mapping[int, GpuMemory]],
    ) -> None:
        """`gpus` is called with the time by the monotonic clock."""
        self.samples: tuple[Sample, ...] = ()  # oldest first
        self._engines = engines
        self._gpus = gpus
        self._due = 0.0  # by the monotonic clock

    def tend(self, now: float) -> None:
        """Measure, if it is time."""
        if now < self._due:
            return
        self._due = now + INTERVAL
        sample = Sample(time.time(), self._engines(), self._gpus(now))
        self.samples = (*self.samples[1 - _KEPT :], sample)
