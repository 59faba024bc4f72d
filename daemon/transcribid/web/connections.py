"""Connections that dawdle are closed."""

import asyncio
import fcntl
import struct
import termios
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from transcribid.web.headers import HEADERS

_LOOKS = 2.5  # seconds between two looks at a connection
_HEADERS = 10.0  # seconds until a request must have begun
_BODY = 60.0  # seconds without a byte of a body that is awaited
_ANSWER = 60.0  # seconds in which nothing of an answer is read


class Connection(H11Protocol):
    """uvicorn's, with deadlines: it has none for headers that trickle in."""

    _waits_since = 0.0
    _unread = 0  # bytes of answers, at the last look
    _read_at = 0.0  # when they had become fewer
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._waits_since = self._read_at = self.loop.time()
        self._watch = self.loop.call_later(_LOOKS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        busy = self._awaits_body()
        super().data_received(data)
        if busy or self._awaits_body():
            self._waits_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        """With our headers, as on every answer."""
        told = {**HEADERS, "Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
        answer = h11.Response(
            status_code=400, headers=list(told.items()), reason=b"Bad Request"
        )
        for event in (answer, h11.Data(data=msg.encode()), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _awaits_body(self) -> bool:
        """A request has begun, and more of it may come."""
        return bool(self.cycle) and not self.cycle.response_complete

    def _look(self) -> None:
        now, answering = self.loop.time(), self._awaits_body()
        before, self._unread = self._unread, _unread(self.transport)
        if self._unread < before or not self._unread:
            self._read_at = now
        if self._unread or (answering and not self.cycle.more_body):
            self._waits_since = now  # it reads, or it is we who take our time
        silent = now - self._waits_since > (_BODY if answering else _HEADERS)
        if silent or now - self._read_at > _ANSWER:
            self.transport.abort()
            return
        self._watch = self.loop.call_later(_LOOKS, self._look)


def _unread(transport: asyncio.Transport) -> int:
    """Bytes that the other side has not taken yet: ours, and the kernel's, which has many."""
    connection = transport.get_extra_info("socket")
    try:
        queued = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):  # just being closed
        return 0
    return transport.get_write_buffer_size() + struct.unpack("i", queued)[0]
