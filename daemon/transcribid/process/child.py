"""One child process, run without blocking the caller.

Its own threads start it, write to it, read from it, measure its memory and wait for its end.
They post `ChildOutput` messages: each line it printed, decoded; its memory from time to time;
`Garbled` for an invalid line, which ends it; and last, always exactly once, `Exited`. The
methods only fill a queue and send signals.

A child that is stopped, that does not read or that cannot die (a driver that hangs in the
kernel) costs a few idle threads and blocks nobody.
"""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO

import structlog

from transcribid.process import rss
from transcribid.process.environment import QUIET, without_secrets

_STDERR_LINES = 50  # lines of its standard error
_MEASURE_INTERVAL = 10.0  # seconds between two measurements of its memory
_FIRST_MEASURE = 1.0  # seconds after its start
_STDERR_TIMEOUT = 5.0  # seconds; a descendant may hold its standard error open
_PREDECESSOR_TIMEOUT = 30.0  # seconds to wait for its predecessor to end

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of the child and all its descendants."""

    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Garbled:
    """The child printed an invalid line and is being killed."""

    why: str


@dataclass(frozen=True, slots=True)
class Exited:
    """The child ended, or could not be started."""

    at: float  # by the monotonic clock
    pid: int = 0
    status: int = 0  # negative: the signal that ended it
    last_lines: str = ""  # of its standard error
    error: str = ""  # why it could not be started


@dataclass(frozen=True, slots=True, eq=False)
class ChildOutput:
    """A message from or about a child."""

    child: object  # the Child itself, for comparison
    message: object  # one of the above, or a decoded line of its output


class Place:
    """Runs one child at a time: the next starts when the last has ended."""

    def __init__(self) -> None:
        self.last: Child | None = None

    def join(self, timeout: float) -> None:
        """Wait until no child runs in it."""
        if self.last:
            self.last.ended.wait(timeout)


class Child:
    """Always a fresh interpreter: neither threads nor CUDA survive a fork."""

    def __init__(
        self,
        command: Sequence[str],
        decode: Callable[[bytes], object],
        post: Callable[[ChildOutput], None],
        place: Place | None = None,
    ) -> None:
        """`decode` raises ValueError for an invalid line; `post` is called from any thread."""
        self.ended = threading.Event()
        self._command = command
        self._decode = decode
        self._post = post
        self._predecessor = place.last if place else None
        if place:
            place.last = self
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._to_write: SimpleQueue[bytes | None] = SimpleQueue()
        self._last_lines: deque[str] = deque(maxlen=_STDERR_LINES)
        threading.Thread(target=self._run, name="child", daemon=True).start()

    @property
    def pid(self) -> int | None:
        """None until it is started."""
        return self._process.pid if self._process else None

    def send(self, line: bytes) -> None:
        """Queue a line; never waits for a child that does not read."""
        self._to_write.put(line)

    def kill(self) -> None:
        """Its end is reported like any other, by `Exited`."""
        with self._lock:
            self._killed = True
            if self._process:
                self._process.kill()

    def _run(self) -> None:
        if self._predecessor:
            self._predecessor.ended.wait(_PREDECESSOR_TIMEOUT)
            self._predecessor = None
        try:
            process = self._start()
        except OSError as error:
            self._end(Exited(time.monotonic(), error=str(error.strerror or error)))
            return
        others = [
            threading.Thread(target=target, args=(process,), name=name, daemon=True)
            for target, name in (
                (self._read_errors, "child-stderr"),
                (self._write, "child-stdin"),
                (self._measure, "child-memory"),
            )
        ]
        for thread in others:
            thread.start()
        self._read(process)
        status = process.wait()
        at = time.monotonic()
        others[0].join(_STDERR_TIMEOUT)
        self._end(Exited(at, process.pid, status, "\n".join(self._last_lines)))
        self._release(process, others)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**without_secrets(os.environ), **QUIET, "PYTHONUNBUFFERED": "1"},
        )
        with self._lock:
            self._process = process
            if self._killed:
                process.kill()
        return process

    def _end(self, exited: Exited) -> None:
        self.ended.set()
        self._to_write.put(None)
        self._report(exited)

    def _report(self, message: object) -> None:
        self._post(ChildOutput(self, message))

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        try:
            for line in _pipe(process.stdout):
                self._report(self._decode(line))
        except ValueError as error:
            self._report(Garbled(str(error)))
            self.kill()

    def _read_errors(self, process: subprocess.Popen[bytes]) -> None:
        for line in _pipe(process.stderr):
            text = line.decode(errors="replace").rstrip()
            self._last_lines.append(text)
            log.info("engine.said", pid=process.pid, line=text)

    def _write(self, process: subprocess.Popen[bytes]) -> None:
        stdin = _pipe(process.stdin)
        while line := self._to_write.get():
            try:
                stdin.write(line)
                stdin.flush()
            except OSError:
                self.kill()  # it has ended, or can no longer be used
                return

    def _measure(self, process: subprocess.Popen[bytes]) -> None:
        wait = _FIRST_MEASURE
        while not self.ended.wait(wait):
            self._report(Memory(rss.tree_memory(process.pid)))
            wait = _MEASURE_INTERVAL

    def _release(
        self, process: subprocess.Popen[bytes], others: Sequence[threading.Thread]
    ) -> None:
        for thread in others:
            thread.join()
        for pipe in (process.stdout, process.stderr):
            _pipe(pipe).close()
        with suppress(BrokenPipeError):  # what it did not read is no longer needed
            _pipe(process.stdin).close()


def ending(status: int) -> str:
    """How a process ended, in plain English.

    >>> ending(-6)
    'was killed by SIGABRT'
    """
    if status >= 0:
        return f"exited with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise ValueError("the child was opened without pipes")
    return end
