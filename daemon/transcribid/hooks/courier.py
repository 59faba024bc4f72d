"""One target's thread: tells it everything in order, again and again until it listens."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from transcribid.domain.news import Notice

log = structlog.get_logger()

_FIRST, _LONGEST = 5.0, 3600.0  # seconds between two tries
_GIVEN_UP = 12 * 3600.0  # seconds a notice is worth telling


class NotDelivered(Exception):
    """A target did not take it; the text says why, without any secret."""


class Target(Protocol):
    @property
    def key(self) -> str:
        """Tells it from other targets, also after a restart; tells nothing about it."""
        ...

    @property
    def label(self) -> str:
        """For the log: no secret is in it."""
        ...

    def tell(self, notice: Notice) -> None:
        """Raises Refused."""
        ...


class Courier:
    def __init__(
        self,
        target: Target,
        waiting: Callable[[str, int], Notice | None],
        told: Callable[[int], None],
    ) -> None:
        self._target = target
        self._waiting = waiting
        self._told = told
        self._last = 0  # number of the last notice that is settled
        self._blind = False  # the last look at what is waiting failed
        self._bell = threading.Event()
        self._finishing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hook", daemon=True)

    @property
    def key(self) -> str:
        return self._target.key

    def start(self) -> None:
        self._thread.start()

    def ring(self) -> None:
        self._bell.set()

    def finish(self) -> None:
        self._finishing.set()
        self._bell.set()

    def join(self, patience: float) -> None:
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        while True:
            self._bell.clear()
            finishing = self._finishing.is_set()  # before the last look, not after it
            while notice := self._next():
                if not self._settled(notice) and self._finishing.wait(_delay(notice)):
                    return
            if finishing:
                return
            self._bell.wait(_FIRST if self._blind else None)

    def _next(self) -> Notice | None:
        """None also where the ledger cannot be read; that is logged once."""
        try:
            notice = self._waiting(self.key, self._last)
        except Exception as error:  # noqa: BLE001 - a dead thread would tell nothing ever again
            if not (self._blind or self._finishing.is_set()):  # at the end the ledger is closed
                log.warning("hook.blind", target=self._target.label, message=str(error))
            self._blind = True
            return None
        self._blind = False
        return notice

    def _settled(self, notice: Notice) -> bool:
        """Whether it was taken, or is not worth telling any more."""
        refused = self._refusal(notice)
        if refused and not self._given_up(notice, refused):
            return False
        if not refused:
            log.info("hook.told", target=self._target.label, id=notice.key)
        self._last = notice.id
        self._told(notice.id)
        return True

    def _refusal(self, notice: Notice) -> NotDelivered | None:
        try:
            self._target.tell(notice)
        except NotDelivered as refused:
            return refused
        except Exception as error:  # noqa: BLE001 - a dead thread would tell nothing ever again
            name = type(error).__name__  # no more of it: its text may repeat an address
            return NotDelivered(f"It cannot be notified: {name}.")
        return None

    def _given_up(self, notice: Notice, refused: NotDelivered) -> bool:
        facts = {"target": self._target.label, "id": notice.key, "message": str(refused)}
        if time.time() - notice.since > _GIVEN_UP:
            log.error("hook.given_up", **facts)
            return True
        log.warning("hook.refused", **facts, again=round(_delay(notice)))
        return False


def delay(waited: float) -> float:
    """Seconds until the next try: as many as it waited before, whoever restarted meanwhile.

    >>> [delay(waited) for waited in (-60.0, 0.1, 5.0, 10.0, 20_000.0)]
    [5.0, 5.0, 5.0, 10.0, 3600.0]
    """
    return min(max(waited, _FIRST), _LONGEST)


def _delay(notice: Notice) -> float:
    return delay(time.time() - notice.since)
