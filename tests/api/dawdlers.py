"""Clients that open many connections and take their time."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Generator

from api.serving import PATIENCE, Served

MANY = 600
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
        self._came = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._open: list[socket.socket] = []

    @contextlib.contextmanager
    def at_it(self) -> Generator["Dawdlers"]:
        self._thread.start()
        assert self._came.wait(PATIENCE), "they do not all come"
        yield self
        self._stop.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._stop.is_set():
            for _ in range(MANY - len(self._open)):
                with contextlib.suppress(OSError):
                    self._open.append(self._arrived())
            self._came.set()
            self._stop.wait(1.0)
            kept = [each for each in self._open if says(each)]
            for each in set(self._open) - set(kept):
                each.close()
            self._open = kept
        for each in self._open:
            each.close()

    def _arrived(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._it.port), timeout=5.0)
        try:
            connection.sendall(b"GET /status HTTP/1.1\r\nHost: localhost\r\n")
        except OSError:
            connection.close()
            raise
        connection.setblocking(False)
        return connection


def says(connection: socket.socket) -> bool:
    try:
        connection.send(b"X-Slow: 1\r\n")
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False
