"""Hooks: notify a command, a web address or a messenger of events."""

import json
import secrets
import socket
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from transcribid.domain.news import Draft, News, Notice, Occasion
from transcribid.hooks.courier import Courier, Target

NextNotice = Callable[[str, int], Notice | None]
"""Returns the next notice for a target (its key), after the notice with this number."""


class Hooks:
    """The deciding thread writes drafts to the ledger and wakes the couriers, who send."""

    def __init__(
        self,
        targets: Sequence[Target],
        occasions: Collection[Occasion],
        next_notice: NextNotice,
        on_settled: Callable[[int], None],
    ) -> None:
        """`on_settled` is called from the couriers' threads with the number of a notice."""
        self._occasions = occasions
        self._couriers = [Courier(target, next_notice, on_settled) for target in targets]

    @property
    def targets(self) -> list[str]:
        return [courier.key for courier in self._couriers]

    def start(self) -> None:
        for courier in self._couriers:
            courier.start()

    def drafts(self, news: News) -> list[Draft]:
        """One for each target; none if the event is not one of the configured occasions."""
        if news.event not in self._occasions or not self._couriers:
            return []
        facts = _facts(news)
        return [
            Draft(courier.key, key := secrets.token_hex(16), json.dumps({"id": key, **facts}))
            for courier in self._couriers
        ]

    def wake(self) -> None:
        """Have the couriers look for new notices."""
        for courier in self._couriers:
            courier.wake()

    def close(self, timeout: float) -> None:
        """Send what can be sent within `timeout` seconds; the rest stays in the ledger.

        No notice is begun after this returns; one that is being sent may still arrive.
        """
        for courier in self._couriers:
            courier.finish()
        deadline = time.monotonic() + timeout
        for courier in self._couriers:
            courier.join(max(0.0, deadline - time.monotonic()))
            courier.abandon()


def no_hooks() -> Hooks:
    """Hooks without targets."""
    return Hooks((), (), _no_notice, _ignore)


def _no_notice(_: str, __: int) -> None:
    return


def _ignore(_: int) -> None:
    return


def _facts(news: News) -> dict[str, object]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {**asdict(news), "message": news.sentence, "time": now, "host": socket.gethostname()}
