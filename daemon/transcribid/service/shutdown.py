"""Decides when the daemon ends, and with which exit status."""

import time
from collections.abc import Callable

from transcribid.workers import Broken

OK, ENGINE_CANNOT_RUN, MISCONFIGURED = 0, 69, 78  # sysexits.h: EX_UNAVAILABLE, EX_CONFIG
_MAX_FAILURES = 10  # consecutive failures of an engine before the daemon exits


class Shutdown:
    def __init__(self, *, until_done: bool) -> None:
        """`until_done`: end when the inbox is finished."""
        self.status: int | None = None  # None: keep running
        self._until_done = until_done
        self._stop_at: float | None = None

    @property
    def stopping(self) -> bool:
        return self._stop_at is not None

    def stop(self, grace: float) -> bool:
        """The first time, stop after `grace` seconds at most; the second time, at once.

        Returns whether it was the first.
        """
        if self.stopping:
            self.status = OK
            return False
        self._stop_at = time.monotonic() + grace
        return True

    def cancel(self) -> None:
        """Keep running: the cause of the shutdown was removed."""
        self.status = None

    def stop_now(self) -> None:
        self.status = OK

    def note_failure(self, broken: Broken, *, worked: bool, others: bool) -> None:
        """Exit if waiting cannot help, or has not helped for long.

        `worked`: an engine has worked before; `others`: another one works now.
        """
        if broken.misconfigured and not worked:
            self.status = MISCONFIGURED
        elif not others and (self._until_done or broken.failures > _MAX_FAILURES):
            self.status = ENGINE_CANNOT_RUN

    def consider(self, *, at_work: bool, served: Callable[[], bool]) -> None:
        """`at_work`: a job is running; `served` checks that the inbox is finished."""
        if self.status is not None:
            return
        if self._stop_at is not None:
            over = not at_work or time.monotonic() >= self._stop_at
        else:
            over = self._until_done and served()
        self.status = OK if over else None
