"""When the daemon ends, and with which status."""

import time
from collections.abc import Callable

from transcribid.workers import Broken

OK, ENGINE_CANNOT_RUN, MISCONFIGURED = 0, 69, 78  # sysexits.h: EX_UNAVAILABLE, EX_CONFIG
_TRIES = 10  # times that an engine may fail in a row until the supervisor should know


class Shutdown:
    def __init__(self, *, until_done: bool) -> None:
        """`until_done`: with the inbox served."""
        self.status: int | None = None  # None: it goes on
        self._until_done = until_done
        self._stop_at: float | None = None

    @property
    def stopping(self) -> bool:
        return self._stop_at is not None

    def stop(self, grace: float) -> bool:
        """The first time with grace for what is begun, in seconds, the second time at once.

        Returns whether it was the first.
        """
        if self.stopping:
            self.status = OK
            return False
        self._stop_at = time.monotonic() + grace
        return True

    def go_on(self) -> None:
        """What made it end was mended."""
        self.status = None

    def at_once(self) -> None:
        self.status = OK

    def note_failure(self, broken: Broken, *, worked: bool, others: bool) -> None:
        """What cannot be mended by waiting, or was not for long, is for the supervisor.

        `worked`: an engine did, at some time; `others`: another one does.
        """
        if broken.misconfigured and not worked:
            self.status = MISCONFIGURED
        elif not others and (self._until_done or broken.failures > _TRIES):
            self.status = ENGINE_CANNOT_RUN

    def consider(self, *, at_work: bool, served: Callable[[], bool]) -> None:
        """`at_work`: something is; `served` looks whether nothing waits or is on its way."""
        if self.status is not None:
            return
        if self._stop_at is not None:
            over = not at_work or time.monotonic() >= self._stop_at
        else:
            over = self._until_done and served()
        self.status = OK if over else None
