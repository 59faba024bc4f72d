"""Writes a program's standard input and keeps the end of its standard error."""

import os
import subprocess
import time
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import IO

_CHUNK = 65536  # bytes: the capacity of a pipe
_KEPT = 1200  # bytes of its standard error
_POLL_INTERVAL = 0.05  # seconds


class Conversation:
    """Neither side blocks the other, and memory use is bounded."""

    def __init__(self, process: subprocess.Popen[bytes], payload: bytes) -> None:
        """The process needs pipes for its standard input and error."""
        assert process.stdin
        assert process.stderr
        self._process = process
        self._writer, self._reader = process.stdin, process.stderr
        self._rest = payload
        self._output = b""

    def run(self, timeout: float) -> str:
        """Until the program ends, even if others keep its pipes open. Returns its last output.

        Raises TimeoutError.
        """
        deadline = time.monotonic() + timeout
        with DefaultSelector() as pipes:
            for pipe, events in ((self._writer, EVENT_WRITE), (self._reader, EVENT_READ)):
                os.set_blocking(pipe.fileno(), False)
                pipes.register(pipe, events, pipe)
            while self._process.poll() is None:
                if time.monotonic() > deadline:
                    raise TimeoutError
                for key, _ in pipes.select(_POLL_INTERVAL):
                    if self._done(key.data):
                        pipes.unregister(key.fileobj)
                        key.data.close()
        if not self._reader.closed:
            self._read()
        return self._output.decode(errors="replace").strip()

    def _done(self, pipe: IO[bytes]) -> bool:
        return self._read() if pipe is self._reader else self._write()

    def _write(self) -> bool:
        """Returns whether all was written or the pipe is closed."""
        try:
            self._rest = self._rest[os.write(self._writer.fileno(), self._rest) :]
        except BrokenPipeError:
            return True
        return not self._rest

    def _read(self) -> bool:
        """Returns whether the end of its output was reached."""
        with suppress(BlockingIOError):
            chunk = os.read(self._reader.fileno(), _CHUNK)
            self._output = (self._output + chunk)[-_KEPT:]
            return not chunk
        return False
