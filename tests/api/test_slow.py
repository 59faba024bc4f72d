"""Connections that dawdle and bodies that stall: others are answered."""

import contextlib
import socket
import time
from pathlib import Path

import pytest

from api.dawdlers import ELSEWHERE, Dawdlers, alive, says
from api.serving import Serve
from support.clips import clip
from support.daemon import wait_until

pytestmark = pytest.mark.api


def test_who_dawdles_holds_up_only_those_of_the_same_address(
    serve: Serve, many_files: None
) -> None:
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


def test_what_stalls_is_given_up_and_what_is_slow_is_not(serve: Serve) -> None:
    it = serve().begin()
    put = b"PUT /inbox/slow.wav HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", it.port)) as stalled,
        socket.create_connection(("127.0.0.1", it.port)) as slow,
        socket.create_connection(("127.0.0.1", it.port)) as endless,
    ):
        stalled.sendall(put + b"x")
        slow.sendall(put)
        endless.sendall(b"GET /status HTTP/1.1\r\n")
        endless.setblocking(False)
        began, given_up = time.monotonic(), 0.0
        for second in range(30):
            if second % 3 == 0:
                slow.sendall(b"0123456789")
            if not given_up and not says(endless):
                given_up = time.monotonic() - began
            time.sleep(1.0)
        assert 5.0 < given_up < 20.0
        assert slow.recv(12) == b"HTTP/1.1 200"
        stalled.settimeout(60.0)
        with contextlib.suppress(ConnectionError):
            assert stalled.recv(1) == b""
        assert 50.0 < time.monotonic() - began < 80.0
    wait_until(lambda: not list(it.house.inbox.glob(".upload-*")), 10.0, "nothing of it")
    assert it.house.stop() == 0


def test_who_never_reads_is_let_go_and_who_reads_slowly_is_not(serve: Serve) -> None:
    it = serve(web={"max_upload": "64MiB"}).begin()
    with it.client() as http:
        http.post("/pause").raise_for_status()
        job = http.put("/inbox/large.wav", content=clip(tail=32 << 20)).json()["job"]
    get = f"GET /jobs/{job}/audio HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with _small(it.port) as idle, _small(it.port) as slow:
        idle.sendall(get)
        slow.sendall(get)
        for _ in range(90):
            assert slow.recv(4096)
            time.sleep(1.0)

        assert slow.recv(4096)
        assert sum(map(len, iter(lambda: idle.recv(1 << 20), b""))) < 32 << 20
    assert it.house.stop() == 0


def _small(port: int) -> socket.socket:
    """With room for little that comes."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    return connection
