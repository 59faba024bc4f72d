"""One child process, for whoever may not wait for it.

Starting it, writing to it, reading from it, looking at its memory and waiting for its end are
done by threads of its own. What happens becomes messages (`Said`), in this order: each line
that it printed, decoded; now and then its memory; `Garbled`, if a line made no sense, which
ends it; and last, always and once, `Exited`. The methods only fill a queue and send signals.

A child that is stopped, that does not read or that cannot die (a driver that hangs in the
kernel) costs a few idle threads, and nobody's time.
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

_REMEMBERED = 50  # lines of its standard error
_MEASURES = 10.0  # seconds between two looks at its memory
_FIRST_LOOK = 1.0  # seconds after its start
_LAST_WORDS = 5.0  # seconds; something that it started may hold its standard error open
_SUCCESSION = 30.0  # seconds that it waits for its predecessor to end

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Memory:
    """What it takes, with all that it started."""

    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Garbled:
    """It printed a line that makes no sense; it is being ended."""

    why: str


@dataclass(frozen=True, slots=True)
class Exited:
    """It is over, or never came to be."""

    at: float  # by the monotonic clock
    pid: int = 0
    status: int = 0  # negative: the signal that ended it
    last_lines: str = ""  # of its standard error
    error: str = ""  # why it could not be started


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A message about a child."""

    child: object  # the Child itself, to be compared
    word: object  # one of the above, or a line that it printed, decoded


class Place:
    """Where one child runs at a time: the next begins when the last has ended."""

    def __init__(self) -> None:
        self.last: Child | None = None

    def join(self, timeout: float) -> None:
        """Wait until nobody runs there."""
        if self.last:
            self.last.over.wait(timeout)


class Child:
    """Always a fresh interpreter: neither threads nor CUDA survive a fork."""

    def __init__(
        self,
        command: Sequence[str],
        decode: Callable[[bytes], object],
        post: Callable[[Said], None],
        place: Place | None = None,
    ) -> None:
        """`decode` raises ValueError for what makes no sense; `post` may be called anywhere."""
        self.over = threading.Event()
        self._command = command
        self._decode = decode
        self._post = post
        self._predecessor = place.last if place else None
        if place:
            place.last = self
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._unwanted = False
        self._to_write: SimpleQueue[bytes | None] = SimpleQueue()
        self._last_lines: deque[str] = deque(maxlen=_REMEMBERED)
        threading.Thread(target=self._live, name="child", daemon=True).start()

    @property
    def pid(self) -> int | None:
        """None until it was started."""
        return self._process.pid if self._process else None

    def send(self, line: bytes) -> None:
        """Soon, and without waiting for one that does not listen."""
        self._to_write.put(line)

    def kill(self) -> None:
        """Its end is told of like any other."""
        with self._lock:
            self._unwanted = True
            if self._process:
                self._process.kill()

    def _live(self) -> None:
        if self._predecessor:
            self._predecessor.over.wait(_SUCCESSION)
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
        others[0].join(_LAST_WORDS)
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
            if self._unwanted:
                process.kill()
        return process

    def _end(self, exited: Exited) -> None:
        self.over.set()
        self._to_write.put(None)
        self._say(exited)

    def _say(self, word: object) -> None:
        self._post(Said(self, word))

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        try:
            for line in _pipe(process.stdout):
                self._say(self._decode(line))
        except ValueError as error:
            self._say(Garbled(str(error)))
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
                self.kill()  # it is gone, or as good as gone
                return

    def _measure(self, process: subprocess.Popen[bytes]) -> None:
        wait = _FIRST_LOOK
        while not self.over.wait(wait):
            self._say(Memory(rss.of_family(process.pid)))
            wait = _MEASURES

    def _release(
        self, process: subprocess.Popen[bytes], others: Sequence[threading.Thread]
    ) -> None:
        for thread in others:
            thread.join()
        for pipe in (process.stdout, process.stderr):
            _pipe(pipe).close()
        with suppress(BrokenPipeError):  # what it would not read is of no use now
            _pipe(process.stdin).close()


def ending(status: int) -> str:
    """How a process ended, as a person would say it.

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
