"""Hooks: a command, a web address or a messenger is told when something happened."""

import json
import secrets
import socket
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from transcribid.domain.news import Draft, News, Notice, Occasion
from transcribid.hooks.courier import Courier, Target

Waiting = Callable[[str, int], Notice | None]
"""What a target is to be told next, after the notice with this number."""


class Hooks:
    """Whoever decides writes drafts into the ledger and rings; couriers do the rest."""

    def __init__(
        self,
        targets: Sequence[Target],
        occasions: Collection[Occasion],
        waiting: Waiting,
        told: Callable[[int], None],
    ) -> None:
        """`told` is called from threads of ours with the number of a notice that is settled."""
        self._occasions = occasions
        self._couriers = [Courier(target, waiting, told) for target in targets]

    @property
    def targets(self) -> list[str]:
        return [courier.key for courier in self._couriers]

    def start(self) -> None:
        for courier in self._couriers:
            courier.start()

    def drafts(self, news: News) -> list[Draft]:
        """One for each target that is to be told."""
        if news.event not in self._occasions or not self._couriers:
            return []
        facts = _facts(news)
        return [
            Draft(courier.key, key := secrets.token_hex(16), json.dumps({"id": key, **facts}))
            for courier in self._couriers
        ]

    def ring(self) -> None:
        """There is something new to tell."""
        for courier in self._couriers:
            courier.ring()

    def close(self, patience: float) -> None:
        """Nothing is told any more after this, and what is waiting stays in the ledger.

        What can be told at once still is, within so many seconds.
        """
        for courier in self._couriers:
            courier.finish()
        deadline = time.monotonic() + patience
        for courier in self._couriers:
            courier.join(max(0.0, deadline - time.monotonic()))


def silent() -> Hooks:
    """Nobody is told anything."""
    return Hooks((), (), _nothing, _unheard)


def _nothing(_: str, __: int) -> None:
    return


def _unheard(_: int) -> None:
    return


def _facts(news: News) -> dict[str, object]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {**asdict(news), "message": news.sentence, "time": now, "host": socket.gethostname()}
