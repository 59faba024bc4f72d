"""Connections that dawdle and bodies that stall: others are answered, the queue goes on."""

import contextlib
import http.client
import resource
import socket
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from api.serving import PATIENCE, Serve, Served
from support.clips import clip
from support.daemon import wait_until

pytestmark = pytest.mark.api

MANY = 600
FILES = 30
ELSEWHERE = "127.0.0.2"  # another address of this machine


def alive(it: Served, source: str) -> bool:
    connection = http.client.HTTPConnection(
        "127.0.0.1", it.port, timeout=5.0, source_address=(source, 0)
    )
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Dawdlers:
    """They come, say a header a second, and come again when they are thrown out."""

    def __init__(self, it: Served) -> None:
        self._it = it
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._open: list[socket.socket] = []

    @contextlib.contextmanager
    def at_it(self) -> Generator["Dawdlers"]:
        self._thread.start()
        wait_until(lambda: len(self._open) >= MANY, PATIENCE, "all have come")
        yield self
        self._stop.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._stop.wait(0.5):
            while len(self._open) < MANY:
                with contextlib.suppress(OSError):
                    self._open.append(self._arrived())
            kept = [each for each in self._open if _says(each)]
            for each in set(self._open) - set(kept):
                each.close()
            self._open = kept
        for each in self._open:
            each.close()

    def _arrived(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._it.port), timeout=5.0)
        connection.sendall(b"GET /status HTTP/1.1\r\nHost: localhost\r\n")
        connection.setblocking(False)
        return connection


def _says(connection: socket.socket) -> bool:
    try:
        connection.send(b"X-Slow: 1\r\n")
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.fixture(autouse=True)
def many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4096), most))


def test_who_dawdles_holds_up_only_those_of_the_same_address(serve: Serve) -> None:
    it = serve().begin()
    with Dawdlers(it).at_it():
        held: list[int] = []
        for _ in range(40):
            assert alive(it, ELSEWHERE)
            held.append(_sockets(it.house.pid))
            time.sleep(0.1)
        assert sorted(held)[len(held) // 2] < 64
    wait_until(lambda: alive(it, "127.0.0.1"), 15.0, "an answer for the address that dawdled")
    assert it.house.stop() == 0


def _sockets(pid: int) -> int:
    """Its own few among them."""
    named = (each.name for each in Path(f"/proc/{pid}/fd").iterdir())
    return sum(_leads_to_socket(pid, name) for name in named)


def _leads_to_socket(pid: int, name: str) -> bool:
    try:
        return str(Path(f"/proc/{pid}/fd/{name}").readlink()).startswith("socket:")
    except OSError:
        return False


def test_a_header_that_never_ends_is_given_up(serve: Serve) -> None:
    it = serve().begin()
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", it.port)) as connection:
        connection.sendall(b"GET /status HTTP/1.1\r\n")
        connection.setblocking(False)
        while _says(connection):
            assert time.monotonic() - began < 20.0
            time.sleep(0.5)
    assert time.monotonic() - began > 5.0
    assert it.house.stop() == 0


def test_a_body_that_stalls_is_given_up_and_one_that_is_slow_is_not(serve: Serve) -> None:
    it = serve().begin()
    head = b"PUT /inbox/slow.wav HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", it.port)) as stalled,
        socket.create_connection(("127.0.0.1", it.port)) as slow,
    ):
        stalled.sendall(head + b"x")
        slow.sendall(head)
        began = time.monotonic()
        for _ in range(10):
            slow.sendall(b"0123456789")
            time.sleep(3.0)
        assert slow.recv(12) == b"HTTP/1.1 200"
        stalled.settimeout(60.0)
        with contextlib.suppress(ConnectionError):
            assert stalled.recv(1) == b""
        assert 50.0 < time.monotonic() - began < 80.0
    wait_until(lambda: not list(it.house.inbox.glob(".upload-*")), 10.0, "nothing of it")
    assert it.house.stop() == 0


def _seconds(it: Served, kind: str) -> float:
    """For a fresh set of the same recordings, from resuming until all are delivered."""
    return _resumed(it, _paused(it, kind))


def test_the_queue_is_as_fast_while_they_dawdle(serve: Serve) -> None:
    it = serve().begin()
    _seconds(it, "warm")
    quiet: list[float] = []
    crowded: list[float] = []
    for turn in range(3):
        quiet.append(_seconds(it, f"quiet-{turn}"))
        with contextlib.ExitStack() as stack:
            waiting = _paused(it, f"crowd-{turn}")
            stack.enter_context(Dawdlers(it).at_it())
            crowded.append(_resumed(it, waiting))
        wait_until(lambda: alive(it, "127.0.0.1"), 15.0)
    # ruff: noqa: T201 - a measurement is printed
    print(f"\n{FILES} files: {min(quiet):.2f} s, with {MANY} dawdling: {min(crowded):.2f} s")
    print(f"all: {[round(each, 2) for each in quiet]} {[round(each, 2) for each in crowded]}")
    assert min(crowded) < min(quiet) * 1.5 + 1.0
    assert it.house.stop() == 0


def _paused(it: Served, kind: str) -> str:
    with it.client() as client:
        client.post("/pause").raise_for_status()
        for number in range(FILES):
            it.house.drop(f"{kind}/{number}.wav", clip())
        wait_until(lambda: len(client.get("/jobs?state=queued").json()) == FILES, PATIENCE)
    return kind


def _resumed(it: Served, kind: str) -> float:
    """By way of the address that does not dawdle."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", it.port, timeout=PATIENCE, source_address=(ELSEWHERE, 0)
    )
    connection.request("POST", "/resume", headers={"Host": "localhost"})
    assert connection.getresponse().status == 200
    connection.close()
    began = time.monotonic()
    folder = it.house.outbox / kind
    wait_until(lambda: len(list(folder.glob("*.json"))) == FILES, 120.0, it.house.last_words())
    return time.monotonic() - began
