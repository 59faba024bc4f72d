"""Lets connections in while there is room; whoever is turned away costs next to nothing."""

import errno
import socket
import time
from collections import Counter
from typing import Any

_ALL, _EACH = 64, 16  # connections at a time; of one address
_SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_REST = 0.5  # seconds; asyncio asks again after one
_TURN = 64  # connections turned away before others have their turn


class Listener(socket.socket):
    """Asyncio asks it for connections until it says that nobody is there.

    Each counts for itself: a crowd on the network leaves the Unix socket free.
    """

    def __init__(
        self, family: socket.AddressFamily, kind: int = socket.SOCK_STREAM, protocol: int = 0
    ) -> None:
        super().__init__(family, kind, protocol)
        self._inside: Counter[str] = Counter()
        self._rests_until = 0.0  # by the monotonic clock

    def accept(self) -> tuple[socket.socket, Any]:
        for _ in range(_TURN):
            connection, address = self._taken()
            origin = str(address[0]) if address else "local"  # a Unix socket's have none
            if self._inside[origin] < _EACH and self._inside.total() < _ALL:
                return _Guest(self._inside, origin, connection), address
            connection.close()
        raise BlockingIOError

    def _taken(self) -> tuple[socket.socket, Any]:
        """Asyncio asks and logs two thousand times in a row where descriptors are short."""
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in _SHORT:
                raise
            if time.monotonic() < self._rests_until:
                raise BlockingIOError from error
            self._rests_until = time.monotonic() + _REST
            raise


class _Guest(socket.socket):
    """A connection that counts until it is closed."""

    def __init__(self, inside: Counter[str], origin: str, guest: socket.socket) -> None:
        super().__init__(guest.family, guest.type, guest.proto, fileno=guest.detach())
        self._inside = inside
        self._origin: str | None = origin
        inside[origin] += 1

    def close(self) -> None:
        origin, self._origin = self._origin, None
        if origin is not None:
            self._inside[origin] -= 1
            if not self._inside[origin]:
                del self._inside[origin]
        super().close()
