"""Connections that stall are closed."""

import asyncio
import fcntl
import struct
import termios
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from transcribid.web.headers import HEADERS

_CHECK_INTERVAL = 2.5  # seconds
_HEADERS_TIMEOUT = 10.0  # seconds for the headers of a request
_BODY_TIMEOUT = 60.0  # seconds without a byte of an expected body
_RESPONSE_TIMEOUT = 60.0  # seconds without the client reading any of a response


class Connection(H11Protocol):
    """uvicorn's protocol with timeouts; it has none for headers that trickle in."""

    _waits_since = 0.0
    _unread = 0  # bytes of responses at the last check
    _read_at = 0.0  # when that last decreased
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._waits_since = self._read_at = self.loop.time()
        self._watch = self.loop.call_later(_CHECK_INTERVAL, self._check)

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
        """With our headers, like every response."""
        headers = {
            **HEADERS,
            "Content-Type": "text/plain; charset=utf-8",
            "Connection": "close",
        }
        answer = h11.Response(
            status_code=400, headers=list(headers.items()), reason=b"Bad Request"
        )
        for event in (answer, h11.Data(data=msg.encode()), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _awaits_body(self) -> bool:
        """Whether a request has begun and its response is not complete."""
        return bool(self.cycle) and not self.cycle.response_complete

    def _check(self) -> None:
        now, answering = self.loop.time(), self._awaits_body()
        before, self._unread = self._unread, _unread(self.transport)
        if self._unread < before or not self._unread:
            self._read_at = now
        if self._unread or (answering and not self.cycle.more_body):
            self._waits_since = now  # the client is reading, or waiting for us
        silent = now - self._waits_since > (_BODY_TIMEOUT if answering else _HEADERS_TIMEOUT)
        if silent or now - self._read_at > _RESPONSE_TIMEOUT:
            self.transport.abort()
            return
        self._watch = self.loop.call_later(_CHECK_INTERVAL, self._check)


def _unread(transport: asyncio.Transport) -> int:
    """Bytes the client has not read yet, in our buffer and in the kernel's."""
    connection = transport.get_extra_info("socket")
    try:
        queued = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):  # being closed
        return 0
    return transport.get_write_buffer_size() + struct.unpack("i", queued)[0]
