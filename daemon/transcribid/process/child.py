"""One child process: a line in, lines out, and what it mutters on the side."""

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import IO

import structlog

from transcribid.process.environment import QUIET, without_secrets

_REMEMBERED = 50  # lines of the worker's standard error

log = structlog.get_logger()


class Worker:
    """Always a fresh interpreter: neither threads nor CUDA survive a fork."""

    def __init__(self, command: Sequence[str], heard: Callable[["Worker"], None]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**without_secrets(os.environ), **QUIET, "PYTHONUNBUFFERED": "1"},
        )
        self._muttered: deque[str] = deque(maxlen=_REMEMBERED)
        self._unsaid: SimpleQueue[bytes | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._overhear, name="worker-stderr", daemon=True),
            threading.Thread(target=heard, args=(self,), name="worker-stdout", daemon=True),
            threading.Thread(target=self._talk, name="worker-stdin", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def lives(self) -> bool:
        return self._process.poll() is None

    def send(self, line: bytes) -> None:
        """Soon, and without waiting for a worker that does not listen."""
        self._unsaid.put(line)

    def lines(self) -> Iterator[bytes]:
        return iter(_pipe(self._process.stdout))

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> int:
        """Its exit status; negative for a signal. What it muttered is complete then."""
        status = self._process.wait()
        self._threads[0].join(timeout=5.0)
        return status

    def last_words(self) -> str:
        return "\n".join(self._muttered)

    def bury(self) -> None:
        """Wait for the end and release the pipes."""
        self._process.wait()
        self._unsaid.put(None)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        for pipe in (self._process.stdout, self._process.stderr):
            _pipe(pipe).close()
        with suppress(BrokenPipeError):  # what it would not read is of no use now
            _pipe(self._process.stdin).close()

    def _talk(self) -> None:
        stdin = _pipe(self._process.stdin)
        while line := self._unsaid.get():
            try:
                stdin.write(line)
                stdin.flush()
            except OSError:
                self.kill()  # it is gone, or as good as gone
                return

    def _overhear(self) -> None:
        for line in _pipe(self._process.stderr):
            said = line.decode(errors="replace").rstrip()
            self._muttered.append(said)
            log.info("engine.said", pid=self.pid, line=said)


def ending(status: int) -> str:
    """How a process ended, as a person would say it.

    >>> ending(-6)
    'was ended by SIGABRT'
    """
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise ValueError("the worker was opened without pipes")
    return end
