"""What the service manager hears from the real daemon, and what the journal gets."""

import os
import socket
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from support.clips import clip, long_clip
from support.daemon import House, wait_until
from transcribid.log.journal import leads_to_journal, sentence

needs_systemd = pytest.mark.skipif(
    find_spec("systemd") is None, reason="systemd-python is not installed"
)


class Manager:
    """Hears what systemd would hear."""

    def __init__(self, path: Path) -> None:
        self.words: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.1)

    def close(self) -> None:
        self._socket.close()

    def heard(self, beginning: str) -> bool:
        try:
            while True:
                self.words.append(self._socket.recv(65536).decode())
        except TimeoutError:
            return any(word.startswith(beginning) for word in self.words)


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    path = tmp_path / "notify"
    manager = Manager(path)
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    yield manager
    manager.close()


@needs_systemd
def test_the_service_manager_hears_when_it_is_ready_and_what_it_does(
    tmp_path: Path, manager: Manager
) -> None:
    with House(tmp_path, watch={"quiet": "300ms"}, stop_grace="0s") as house:
        house.start()
        wait_until(lambda: manager.heard("READY=1"), 60.0, house.last_words())
        ready = bool(house.events("engine.ready"))
        house.drop("long.wav", long_clip(minutes=30))
        wait_until(lambda: manager.heard("STATUS=Transcribing long.wav"), 60.0)
        house.configure(retry={"strikes": 5})
        house.reload()
        wait_until(lambda: manager.heard("RELOADING=1"), 60.0)
        house.stop()

        assert ready
        assert manager.heard("STOPPING=1")


@needs_systemd
def test_the_watchdog_is_fed_while_the_daemon_decides_and_no_longer(
    tmp_path: Path, manager: Manager
) -> None:
    with House(tmp_path) as house:
        house.start()
        wait_until(lambda: manager.heard("READY=1"), 60.0, house.last_words())
        manager.words.clear()
        wait_until(lambda: manager.heard("WATCHDOG=1"), 60.0)
        house.freeze()
        manager.heard("")
        manager.words.clear()
        time.sleep(1.5)

        assert not manager.heard("WATCHDOG=1")


@pytest.mark.skipif(find_spec("systemd") is not None, reason="systemd-python is installed")
def test_a_manager_that_cannot_be_told_is_named_with_the_remedy(
    tmp_path: Path, manager: Manager
) -> None:
    with House(tmp_path, watch={"quiet": "300ms"}) as house:
        house.drop("talk.wav", clip())
        house.start()
        wait_until((house.outbox / "talk.json").exists, 60.0, house.last_words())

        assert "python3-systemd" in house.events("supervisor.unheard")[0]["remedy"]
        assert not manager.heard("READY=1")


def test_the_journal_is_known_by_the_stream_that_systemd_names(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        facts = os.fstat(stream.fileno())
        named = {"JOURNAL_STREAM": f"{facts.st_dev}:{facts.st_ino}"}

        assert leads_to_journal(stream, named)
        assert not leads_to_journal(stream, {"JOURNAL_STREAM": "1:2"})
        assert not leads_to_journal(stream, {})


def test_an_entry_of_the_journal_reads_like_a_sentence() -> None:
    facts = {"event": "job.queued", "level": "info", "job": 7, "message": "It waits.", "x": [1]}

    assert sentence(facts) == "job.queued: It waits. job=7 x=[1]"
