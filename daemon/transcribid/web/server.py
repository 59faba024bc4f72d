"""Serves the API from a separate thread, which shares no lock with the queue."""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from transcribid.web import upload_cleanup
from transcribid.web.address import SOCKET, reachable
from transcribid.web.app import guarded_app, open_app
from transcribid.web.connections import Connection
from transcribid.web.context import Context
from transcribid.web.errors import refused, respond
from transcribid.web.headers import add_headers, allow_head
from transcribid.web.listener import Listener

_HEADERS = 16 << 10  # bytes of all headers of a request
_HEALTH_TIMEOUT = 2.0  # seconds


class Web:
    def __init__(self, context: Context, state: Path, address: tuple[str, int] | None) -> None:
        """Raises OSError if the address is in use or the socket cannot be created."""
        self._path = state / SOCKET
        self._inbox = context.inbox
        self._servers = [_Server(open_app(context), _unix_socket(state))]
        if address is not None:
            self._servers.append(_Server(guarded_app(context), _tcp_socket(*address)))

    def start(self) -> None:
        upload_cleanup.clear(self._inbox)
        for server in self._servers:
            server.start()

    def close(self) -> None:
        for server in self._servers:
            server.close()
        with suppress(FileNotFoundError):
            self._path.unlink()


def is_alive(state: Path) -> bool:
    """Whether the server of a state folder answers its health check."""
    try:
        with reachable(state) as address:
            transport = httpx.HTTPTransport(uds=address)
            with httpx.Client(transport=transport, timeout=_HEALTH_TIMEOUT) as http:
                return http.get("http://localhost/healthz").is_success
    except (httpx.HTTPError, OSError):
        return False


class _Server:
    def __init__(self, app: FastAPI, listener: socket.socket) -> None:
        self._listener = listener
        app.add_exception_handler(RequestValidationError, respond)
        app.add_exception_handler(HTTPException, refused)
        config = uvicorn.Config(
            add_headers(allow_head(app)),
            loop="asyncio",  # which uses the listener's accept()
            http=Connection,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            h11_max_incomplete_event_size=_HEADERS,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="web", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)
        self._listener.close()


def _unix_socket(state: Path) -> socket.socket:
    (state / SOCKET).unlink(missing_ok=True)
    listener = Listener(socket.AF_UNIX)
    umask = os.umask(0o177)
    try:
        with reachable(state) as address:
            listener.bind(address)
    finally:
        os.umask(umask)
    return listener


def _tcp_socket(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = Listener(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        what = f"{error.strerror} (web.port {port} on web.host {host})"
        raise OSError(error.errno, what) from error
    return listener
