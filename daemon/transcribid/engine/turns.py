"""Which recording's window is decoded next.

An urgent recording, with a client waiting, goes first, but never twice in a row while others
wait; a short one of the others gets every fourth turn; the rest go to the oldest. So no client
waits for the end of a long recording, and no recording starves.
"""

from collections.abc import Sequence

from transcribid.engine.active_recording import ActiveRecording

_EVERY = 4  # turns, of which a short recording gets at most one


class Turns:
    def __init__(self) -> None:
        self._urgent_last = False
        self._since_short = _EVERY  # turns

    def choose(self, ready: Sequence[ActiveRecording]) -> ActiveRecording | None:
        """One of the recordings with a window to decode, which are given oldest first."""
        urgent = [each for each in ready if each.urgent]
        others = [each for each in ready if not each.urgent]
        if urgent and not (self._urgent_last and others):
            return urgent[0]
        short = [each for each in others if each.short]
        if short and self._since_short >= _EVERY - 1:
            return short[0]
        return next(iter(others), None)

    def note(self, taken: ActiveRecording) -> None:
        """Note that the recording had its turn."""
        self._urgent_last = taken.urgent
        is_short_turn = taken.short and not taken.urgent
        self._since_short = 0 if is_short_turn else self._since_short + 1
