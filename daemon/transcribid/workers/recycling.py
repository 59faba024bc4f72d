"""When an engine that works is ended all the same: long idle, or worn out."""

from collections.abc import Callable
from dataclasses import dataclass

_WARM = 20  # recordings after which its memory is what it should stay
_GROWN = 2  # times as much, and
_ALLOWED = 512 << 20  # bytes more, is too much
_LOOKS = 10.0  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Upkeep:
    keep_alive: float | None = None  # seconds an idle engine is kept; None: for ever
    recycle_after: int | None = None  # recordings that one engine hears; None: all


class Wear:
    """Of one engine process."""

    def __init__(self, upkeep: Upkeep, memory: Callable[[], int]) -> None:
        """`memory` tells the bytes that the engine takes now."""
        self._upkeep = upkeep
        self._memory = memory
        self._heard = 0
        self._usual: int | None = None  # bytes
        self._next_look = 0.0
        self._idle_since: float | None = None
        self.worn = ""  # why it should hear no more recordings

    def note_heard(self) -> None:
        self._heard += 1
        if self._upkeep.recycle_after and self._heard >= self._upkeep.recycle_after:
            self.worn = f"It heard {self._heard} recordings."

    def look(self, now: float) -> None:
        """At the memory, now and then."""
        if self._heard < _WARM or now < self._next_look:
            return
        self._next_look = now + _LOOKS
        memory = self._memory()
        self._usual = self._usual or memory
        if memory > max(_GROWN * self._usual, self._usual + _ALLOWED):
            self.worn = f"Its memory grew from {self._usual >> 20} to {memory >> 20} MiB."

    def idle_for_too_long(self, now: float, *, busy: bool) -> bool:
        if busy or self._upkeep.keep_alive is None:
            self._idle_since = None
            return False
        self._idle_since = now if self._idle_since is None else self._idle_since
        return now - self._idle_since >= self._upkeep.keep_alive
