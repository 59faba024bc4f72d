"""When an engine that works is ended all the same: long idle, or worn out."""

from dataclasses import dataclass

_WARM = 20  # recordings after which its memory is what it should stay
_GROWN = 2  # times as much, and
_ALLOWED = 512 << 20  # bytes more, is too much


@dataclass(frozen=True, slots=True)
class Upkeep:
    keep_alive: float | None = None  # seconds an idle engine is kept; None: for ever
    recycle_after: int | None = None  # recordings that one engine hears; None: all


class Wear:
    """Of one engine process."""

    def __init__(self, upkeep: Upkeep) -> None:
        self._upkeep = upkeep
        self._heard = 0
        self._usual: int | None = None  # bytes
        self._idle_since: float | None = None
        self.worn = ""  # why it should hear no more recordings

    def note_started(self) -> None:
        self._idle_since = None

    def note_heard(self) -> None:
        """A recording was answered."""
        self._heard += 1
        if self._upkeep.recycle_after and self._heard >= self._upkeep.recycle_after:
            self.worn = f"It transcribed {self._heard} recordings."

    def note_memory(self, memory: int) -> None:
        """So many bytes it takes now."""
        if self._heard < _WARM:
            return
        self._usual = self._usual or memory
        if memory > max(_GROWN * self._usual, self._usual + _ALLOWED):
            self.worn = f"Its memory grew from {self._usual >> 20} to {memory >> 20} MiB."

    def idle_for_too_long(self, now: float) -> bool:
        """Asked again and again while nothing is at work."""
        if self._upkeep.keep_alive is None:
            return False
        self._idle_since = now if self._idle_since is None else self._idle_since
        return now - self._idle_since >= self._upkeep.keep_alive
