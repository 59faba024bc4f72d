"""One target's thread: sends it all notices in order, each until it is delivered."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from transcribid.domain.news import Notice

log = structlog.get_logger()

_MIN_DELAY, _MAX_DELAY = 5.0, 3600.0  # seconds between two attempts
_EXPIRY = 12 * 3600.0  # seconds after which a notice is given up


class NotDelivered(Exception):
    """The notice was not delivered; the text says why, without any secret."""


class Target(Protocol):
    @property
    def key(self) -> str:
        """Identifies it, also after a restart, and discloses nothing about it."""
        ...

    @property
    def label(self) -> str:
        """Its name in the log, without any secret."""
        ...

    def send(self, notice: Notice) -> None:
        """Raises NotDelivered."""
        ...


class Courier:
    def __init__(
        self,
        target: Target,
        next_notice: Callable[[str, int], Notice | None],
        on_settled: Callable[[int], None],
    ) -> None:
        self._target = target
        self._next_notice = next_notice
        self._on_settled = on_settled
        self._last = 0  # number of the last notice that is settled
        self._blind = False  # the ledger could not be read last time
        self._wakeup = threading.Event()
        self._finishing = threading.Event()
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hook", daemon=True)

    @property
    def key(self) -> str:
        return self._target.key

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wakeup.set()

    def finish(self) -> None:
        self._finishing.set()
        self._wakeup.set()

    def abandon(self) -> None:
        """Begin no other notice; others may send them now."""
        self._abandoned.set()

    def join(self, timeout: float) -> None:
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            self._wakeup.clear()
            finishing = self._finishing.is_set()  # before the last query, not after it
            while not self._abandoned.is_set() and (notice := self._next()):
                if not self._settle(notice) and self._finishing.wait(_delay(notice)):
                    return
            if finishing or self._abandoned.is_set():
                return
            self._wakeup.wait(_MIN_DELAY if self._blind else None)

    def _next(self) -> Notice | None:
        """None also if the ledger cannot be read; that is logged once."""
        try:
            notice = self._next_notice(self.key, self._last)
        except Exception as error:  # noqa: BLE001 - a dead thread would never send again
            if not (self._blind or self._finishing.is_set()):  # at the end the ledger is closed
                log.warning("hook.blind", target=self._target.label, message=str(error))
            self._blind = True
            return None
        self._blind = False
        return notice

    def _settle(self, notice: Notice) -> bool:
        """Send it. Returns whether it was delivered or given up."""
        failure = self._failure(notice)
        if failure and not self._is_given_up(notice, failure):
            return False
        if not failure:
            log.info("hook.told", target=self._target.label, id=notice.key)
        self._last = notice.id
        self._on_settled(notice.id)
        return True

    def _failure(self, notice: Notice) -> NotDelivered | None:
        try:
            self._target.send(notice)
        except NotDelivered as failure:
            return failure
        except Exception as error:  # noqa: BLE001 - a dead thread would never send again
            name = type(error).__name__  # not its text, which may contain an address
            return NotDelivered(f"It cannot be notified: {name}.")
        return None

    def _is_given_up(self, notice: Notice, failure: NotDelivered) -> bool:
        facts = {"target": self._target.label, "id": notice.key, "message": str(failure)}
        if time.time() - notice.since > _EXPIRY:
            log.error("hook.given_up", **facts)
            return True
        log.warning("hook.refused", **facts, again=round(_delay(notice)))
        return False


def delay(waited: float) -> float:
    """Seconds until the next attempt: as long as it has waited, even across restarts.

    >>> [delay(waited) for waited in (-60.0, 0.1, 5.0, 10.0, 20_000.0)]
    [5.0, 5.0, 5.0, 10.0, 3600.0]
    """
    return min(max(waited, _MIN_DELAY), _MAX_DELAY)


def _delay(notice: Notice) -> float:
    return delay(time.time() - notice.since)
