"""Accepts connections up to a limit; rejecting the others costs next to nothing."""

import errno
import socket
import time
from collections import Counter
from typing import Any

_MAX_TOTAL, _MAX_PER_ADDRESS = 64, 16  # simultaneous connections
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_PAUSE = 0.5  # seconds; asyncio retries after one
_BATCH = 64  # connections rejected before the event loop runs again


class Listener(socket.socket):
    """Asyncio calls accept() until it raises BlockingIOError.

    Each listener has its own limits: a busy network leaves the Unix socket free.
    """

    def __init__(
        self, family: socket.AddressFamily, kind: int = socket.SOCK_STREAM, protocol: int = 0
    ) -> None:
        super().__init__(family, kind, protocol)
        self._counts: Counter[str] = Counter()
        self._paused_until = 0.0  # by the monotonic clock

    def accept(self) -> tuple[socket.socket, Any]:
        for _ in range(_BATCH):
            connection, address = self._next_connection()
            origin = str(address[0]) if address else "local"  # Unix sockets have none
            if self._counts[origin] < _MAX_PER_ADDRESS and self._counts.total() < _MAX_TOTAL:
                return _CountedConnection(self._counts, origin, connection), address
            connection.close()
        raise BlockingIOError

    def _next_connection(self) -> tuple[socket.socket, Any]:
        """Without the pause, asyncio retries and logs 2,000 times when descriptors run out."""
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in _EXHAUSTED:
                raise
            if time.monotonic() < self._paused_until:
                raise BlockingIOError from error
            self._paused_until = time.monotonic() + _PAUSE
            raise


class _CountedConnection(socket.socket):
    """Counts as open until it is closed."""

    def __init__(self, counts: Counter[str], origin: str, accepted: socket.socket) -> None:
        super().__init__(
            accepted.family, accepted.type, accepted.proto, fileno=accepted.detach()
        )
        self._counts = counts
        self._origin: str | None = origin
        counts[origin] += 1

    def close(self) -> None:
        origin, self._origin = self._origin, None
        if origin is not None:
            self._counts[origin] -= 1
            if not self._counts[origin]:
                del self._counts[origin]
        super().close()
