"""A real daemon that answers on a port of this machine."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import httpx

from support.daemon import House, wait_until

PATIENCE = 60.0


@dataclass(frozen=True)
class Served:
    house: House
    port: int

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.base, timeout=PATIENCE, **options)

    def begin(self) -> "Served":
        self.house.start()
        wait_until(lambda: bool(self.house.events("engine.ready")), PATIENCE, "a ready engine")
        return self


Serve = Callable[..., Served]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def served(root: Path, web: dict[str, object] | None = None, **settings: Any) -> Served:
    port = free_port()
    web = {"port": port, "max_upload": "8MiB", **(web or {})}
    watch = {"quiet": "300ms", "grace": "3s"}
    return Served(House(root, web=web, watch=watch, **settings), port)


def raw(it: Served, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", it.port), timeout=30.0) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n{answer.headers}".encode()
        return head + answer.read()
