"""No entry of the inbox and no shortage ends the daemon or keeps back others."""

import os
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.browser import free_port
from support.clips import clip
from support.daemon import House, wait_until
from transcribid.domain.ignore import Ignore
from transcribid.inbox import Inbox, Looked, Notice, Watch

PATIENCE = 60.0
SECOND = 1_000_000_000  # nanoseconds
BEYOND = 2**63 // SECOND + 60 * 86_400  # two months after the last time of 64 bits


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def house(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    with House(root, watch={"quiet": "300ms"}, web={"port": port}) as house:
        house.start()
        wait_until(lambda: bool(house.events("engine.ready")), 60.0, "the engine is ready")
        yield house
        assert house.stop() == 0


@pytest.mark.parametrize("seconds", [BEYOND, -86_400], ids=["after 2262", "before 1970"])
def test_a_file_of_any_time_is_transcribed_and_archived(house: House, seconds: int) -> None:
    name = f"talk {seconds}.wav"
    coming = house.root / name
    coming.write_bytes(clip())
    os.utime(coming, ns=(seconds * SECOND, seconds * SECOND))
    coming.rename(house.inbox / name)

    wait_until((house.archive / name).exists, PATIENCE, house.last_words())
    assert (house.outbox / name).with_suffix(".json").exists()
    assert (house.archive / name).stat().st_mtime_ns == seconds * SECOND


def test_with_too_few_descriptors_it_waits_quietly_and_goes_on(house: House, port: int) -> None:
    _, most = resource.prlimit(house.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(house.pid, resource.RLIMIT_NOFILE, (8, most))
    house.drop("talk.wav", clip())
    with ExitStack() as visitors:
        for _ in range(5):
            visitors.enter_context(socket.create_connection(("127.0.0.1", port), 5))
        wait_until(lambda: bool(house.events("library.said")), PATIENCE, "it is short of them")
        wait_until(lambda: bool(house.events("inbox.unreachable")), PATIENCE)
        lines = len(house.log)
        resource.prlimit(house.pid, resource.RLIMIT_NOFILE, (1024, most))

    wait_until((house.outbox / "talk.json").exists, PATIENCE, house.last_words())
    assert lines < 100


class Watcher:
    """The inbox alone, whose reader dies or waits when told to."""

    def __init__(self, folder: Path, patience: float = 60.0) -> None:
        self.looks = threading.Semaphore(0)
        self.dies = False
        self.answers = threading.Event()
        self.answers.set()
        watch = Watch("polling", 0.1, 0.1, 0.1, Ignore(), patience)
        self.inbox = Inbox(folder, watch, self._post, self._trouble)

    def _post(self, notice: Notice) -> None:
        if isinstance(notice, Looked):
            self.looks.release()

    def _trouble(self) -> None:
        self.answers.wait(60.0)
        if self.dies:
            self.dies = False
            raise SystemExit  # which no `except Exception` holds


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_watcher_that_died_is_replaced(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path)
    watcher.inbox.start()
    watcher.dies = True
    try:
        wait_until(lambda: not watcher.inbox.lives(), PATIENCE, "it died")
        while watcher.looks.acquire(blocking=False):
            pass
        assert watcher.inbox.tend(0.0) is None
        assert watcher.looks.acquire(timeout=PATIENCE)
    finally:
        watcher.inbox.close()


def test_a_storage_that_does_not_answer_is_trouble_until_it_does(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path, patience=0.2)
    watcher.inbox.start()
    try:
        assert watcher.looks.acquire(timeout=PATIENCE)
        watcher.answers.clear()
        wait_until(
            lambda: "does not respond" in (watcher.inbox.tend(time.monotonic()) or ""), PATIENCE
        )
        watcher.answers.set()
        wait_until(lambda: watcher.inbox.tend(time.monotonic()) is None, PATIENCE)
    finally:
        watcher.inbox.close()
