"""What a program is told on its standard input, and the last it says on its standard error."""

import os
import subprocess
import time
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import IO

_AT_ONCE = 65536  # bytes: all that a pipe holds
_KEPT = 1200  # bytes of what it said
_LOOKS = 0.05  # seconds between two looks at whether it ended


class Conversation:
    """Neither side waits for the other, and however much is said, only the last is kept."""

    def __init__(self, process: subprocess.Popen[bytes], told: bytes) -> None:
        """Both pipes lead here."""
        assert process.stdin
        assert process.stderr
        self._process = process
        self._writer, self._ear = process.stdin, process.stderr
        self._rest = told
        self._last = b""

    def held(self, timeout: float) -> str:
        """Until the program ends, whoever else keeps its pipes open. Returns its last words.

        Raises TimeoutError.
        """
        deadline = time.monotonic() + timeout
        with DefaultSelector() as pipes:
            for pipe, events in ((self._writer, EVENT_WRITE), (self._ear, EVENT_READ)):
                os.set_blocking(pipe.fileno(), False)
                pipes.register(pipe, events, pipe)
            while self._process.poll() is None:
                if time.monotonic() > deadline:
                    raise TimeoutError
                for key, _ in pipes.select(_LOOKS):
                    if self._done(key.data):
                        pipes.unregister(key.fileobj)
                        key.data.close()
        if not self._ear.closed:
            self._listen()
        return self._last.decode(errors="replace").strip()

    def _done(self, pipe: IO[bytes]) -> bool:
        return self._listen() if pipe is self._ear else self._tell()

    def _tell(self) -> bool:
        """Returns whether all was told, or nobody listens."""
        try:
            self._rest = self._rest[os.write(self._writer.fileno(), self._rest) :]
        except BrokenPipeError:
            return True
        return not self._rest

    def _listen(self) -> bool:
        """Returns whether it said its last."""
        with suppress(BlockingIOError):
            said = os.read(self._ear.fileno(), _AT_ONCE)
            self._last = (self._last + said)[-_KEPT:]
            return not said
        return False
