"""How many windows a lane decodes at once.

On a GPU as many as its memory allows (`device.py`), and half as many for a recording for which
that was too much. On a CPU a batch must not last long, for what interrupts it costs all of it,
and what somebody waits for comes after it: so the first window is decoded alone, and how long
windows take says how many fit into `_LONGEST`.
"""

from transcribid.engine.active_recording import ActiveRecording

_LONGEST = 10.0  # seconds that a batch should last on a CPU, at most
_FADING = 0.5  # weight of the latest batch in the mean


class BatchSize:
    def __init__(self, largest: int, *, timed: bool) -> None:
        """`timed`: on a CPU."""
        self.short_of_memory: ActiveRecording | None = None  # it needs smaller batches
        self._largest = largest
        self._fitting = largest  # into memory
        self._timed = timed
        self._pace: float | None = None  # seconds a window, mean

    @property
    def windows(self) -> int:
        if not self._timed:
            return self._fitting
        if self._pace is None:
            return 1
        return max(1, min(self._fitting, int(_LONGEST / max(self._pace, 1e-3))))

    def note(self, windows: int, seconds: float) -> None:
        """A batch of so many windows took so long."""
        latest = seconds / windows
        before = latest if self._pace is None else self._pace
        self._pace = max(latest, before + _FADING * (latest - before))

    def halve(self, windows: int, active: ActiveRecording) -> None:
        """Memory was too short for so many."""
        self._fitting, self.short_of_memory = max(1, windows // 2), active

    def recover(self) -> None:
        """The recording that needed smaller batches is finished."""
        self._fitting, self.short_of_memory = self._largest, None
