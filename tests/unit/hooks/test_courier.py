"""A courier lives on, whatever goes wrong around it."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from support.daemon import wait_until
from transcribid.domain.news import Notice
from transcribid.hooks import courier
from transcribid.hooks.courier import Courier

Lines = Sequence[Mapping[str, Any]]
PATIENCE = 60.0  # seconds


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "_MIN_DELAY", 0.01)


@pytest.fixture
def young(notice: Notice) -> Notice:
    return replace(notice, since=time.time())


@dataclass
class Breaking:
    """Raises these, one after the other, and then takes it."""

    errors: list[Exception]
    key: str = "target"
    label: str = "listener"
    sent: list[str] = field(default_factory=list[str])

    def send(self, notice: Notice) -> None:
        if self.errors:
            raise self.errors.pop()
        self.sent.append(notice.key)


@dataclass
class Waiting:
    """Stands for a ledger whose first reads fail."""

    notice: Notice
    failures: int

    def __call__(self, _: str, after: int) -> Notice | None:
        if self.failures:
            self.failures -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return self.notice if after < self.notice.id else None


@pytest.fixture
def logged() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


def begun(target: Breaking, waiting: Waiting) -> Courier:
    it = Courier(target, waiting, list[int]().append)
    it.start()
    return it


def ended(it: Courier) -> None:
    it.finish()
    it.join(PATIENCE)
    assert not [each for each in threading.enumerate() if each.name == "hook"]


def test_whatever_a_target_raises_it_is_asked_again(young: Notice, logged: Lines) -> None:
    target = Breaking(
        [OSError(28, "no space"), UnicodeError("SECRET"), ValueError("SECRET"), KeyError()]
    )
    it = begun(target, Waiting(young, 0))

    wait_until(lambda: target.sent == ["k"], PATIENCE)
    ended(it)
    refused = [line["message"] for line in logged if line["event"] == "hook.refused"]
    assert refused[:2] == [
        "It cannot be notified: KeyError.",
        "It cannot be notified: ValueError.",
    ]
    assert len(refused) == 4
    assert "SECRET" not in str(logged)


def test_a_ledger_that_cannot_be_read_is_read_again_and_complained_of_once(
    young: Notice, logged: Lines
) -> None:
    target = Breaking([])
    it = begun(target, Waiting(young, 3))

    wait_until(lambda: target.sent == ["k"], PATIENCE)
    ended(it)
    (complaint,) = [line for line in logged if line["event"] == "hook.blind"]
    assert complaint["message"] == "disk I/O error"
    assert complaint["target"] == "listener"


def test_what_was_announced_just_before_the_end_is_told(young: Notice) -> None:
    target, reads = Breaking([]), 0

    def waiting(_: str, after: int) -> Notice | None:
        nonlocal reads
        reads += 1
        if reads == 1:
            it.finish()  # and meanwhile it is announced
            return None
        return young if after < young.id else None

    it = Courier(target, waiting, list[int]().append)
    it.start()
    it.join(PATIENCE)

    assert target.sent == ["k"]


def test_a_ledger_that_stays_unreadable_holds_no_end_up(young: Notice) -> None:
    waiting = Waiting(young, 10**6)
    it = begun(Breaking([]), waiting)
    wait_until(lambda: waiting.failures < 10**6, PATIENCE)

    ended(it)
