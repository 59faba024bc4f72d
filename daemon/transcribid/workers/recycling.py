"""When to end a working engine: idle for long, or its memory has grown."""

from dataclasses import dataclass

_WARMUP = 20  # recordings after which its memory should be stable
_GROWTH = 2  # growing by this factor and
_MARGIN = 512 << 20  # by these bytes is too much


@dataclass(frozen=True, slots=True)
class Upkeep:
    keep_alive: float | None = None  # seconds an idle engine is kept; None: forever
    recycle_after: int | None = None  # recordings per engine process; None: unlimited


class Wear:
    """The use of one engine process."""

    def __init__(self, upkeep: Upkeep) -> None:
        self._upkeep = upkeep
        self._answered = 0
        self._usual: int | None = None  # bytes
        self._idle_since: float | None = None
        self.worn = ""  # why it should take no more recordings

    def note_started(self) -> None:
        self._idle_since = None

    def note_answered(self) -> None:
        """Count a recording that was answered."""
        self._answered += 1
        if self._upkeep.recycle_after and self._answered >= self._upkeep.recycle_after:
            self.worn = f"It transcribed {self._answered} recordings."

    def note_memory(self, memory: int) -> None:
        """`memory`: bytes it takes now."""
        if self._answered < _WARMUP:
            return
        self._usual = self._usual or memory
        if memory > max(_GROWTH * self._usual, self._usual + _MARGIN):
            self.worn = f"Its memory grew from {self._usual >> 20} to {memory >> 20} MiB."

    def idle_for_too_long(self, now: float) -> bool:
        """Call regularly while nothing is running."""
        if self._upkeep.keep_alive is None:
            return False
        self._idle_since = now if self._idle_since is None else self._idle_since
        return now - self._idle_since >= self._upkeep.keep_alive
