"""Lets connections in while there is room; whoever is turned away costs next to nothing."""

import socket
from collections import Counter
from typing import Any

_ALL, _EACH = 64, 16  # connections at a time; of one address
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

    def accept(self) -> tuple[socket.socket, Any]:
        for _ in range(_TURN):
            connection, address = super().accept()
            origin = str(address[0]) if address else "local"  # a Unix socket's have none
            if self._inside[origin] < _EACH and self._inside.total() < _ALL:
                return _Guest(self._inside, origin, connection), address
            connection.close()
        raise BlockingIOError


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
