"""Messages between the engine and a preparer: a JSON line, then the bytes it announces.

The preparer parses untrusted media and will run in a sandbox, so its messages are treated as
data only.
"""

import json
import socket
from dataclasses import asdict, dataclass
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from transcribid.domain.job import Failure
from transcribid.domain.options import Options
from transcribid.domain.transcript import Audio, Span

_MAX_LINE = 1 << 20  # bytes of a line
_MAX_PAYLOAD = 1 << 24  # bytes after a line: 30 seconds of 128 mels are 1.5 MB


@dataclass(frozen=True, slots=True)
class Preparation:
    """Prepare the recording whose descriptor precedes this line."""

    options: Options
    mels: int
    max_duration: float  # seconds
    accept_partial: bool
    bookmark: str | None  # where to resume
    longest: float | None = None  # seconds; a longer recording is only reported as TooLong


@dataclass(frozen=True, slots=True)
class SoundTask:
    """Only decode the recording whose descriptor precedes this line."""

    max_duration: float  # seconds
    track: int = 1


@dataclass(frozen=True, slots=True)
class Started:
    """Sent once, before the first task."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples follow, as float32 of shape (samples,), 16,000 per second."""

    position: float  # of the first sample, in seconds into the recording
    duration: float | None  # seconds, as the container claims


@dataclass(frozen=True, slots=True)
class Advanced:
    """Progress up to a position without a finished window."""

    position: float  # seconds
    duration: float | None  # seconds, as the container claims


@dataclass(frozen=True, slots=True)
class Prepared:
    """A window; its features follow as float32 of shape (mels, columns)."""

    spans: tuple[Span, ...]  # of the recording, joined without the parts in between
    speech: tuple[Span, ...]
    columns: int
    bookmark: str
    position: float  # seconds decoded so far
    duration: float | None


@dataclass(frozen=True, slots=True)
class TooLong:
    """It is longer than `Preparation.longest`; the windows sent so far are valid."""


@dataclass(frozen=True, slots=True)
class Ended:
    """There are no more windows."""

    audio: Audio


@dataclass(frozen=True, slots=True)
class Rejected:
    """The recording cannot be prepared."""

    failure: Failure


PreparerMessage = Started | Advanced | Prepared | Sound | TooLong | Ended | Rejected
PreparerTask = Preparation | SoundTask
_KINDS = {
    kind.__name__: kind
    for kind in (
        Preparation,
        SoundTask,
        Started,
        Advanced,
        Prepared,
        Sound,
        TooLong,
        Ended,
        Rejected,
    )
}


class InvalidMessage(Exception):
    """The other side sent something that is not a valid message."""


class Channel:
    """One end of a socket. The ends take turns: a task, then all messages about it."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._in: BinaryIO = end.makefile("rb")
        self._out: BinaryIO = end.makefile("wb")

    def close(self) -> None:
        self._in.close()
        self._out.close()
        self._end.close()

    def send_task(self, descriptor: int, task: PreparerTask) -> None:
        """Raises OSError when the other side is gone."""
        socket.send_fds(self._end, [b"\n"], [descriptor])
        self.send(task)

    def receive_task(self) -> tuple[int, PreparerTask] | None:
        """The next recording and its task; None when there will be no more."""
        marker, descriptors, _, _ = socket.recv_fds(self._end, 1, 1)
        if not marker:
            return None
        task = self.receive()[0]
        if not isinstance(task, PreparerTask):
            raise InvalidMessage(f"expected a task, got {task}")
        return descriptors[0], task

    def send(
        self, message: PreparerTask | PreparerMessage, payload: bytes | memoryview = b""
    ) -> None:
        envelope = [type(message).__name__, len(payload), asdict(message)]
        self._out.write(json.dumps(envelope).encode() + b"\n")
        self._out.write(payload)
        self._out.flush()

    def receive(self) -> tuple[PreparerTask | PreparerMessage, bytes]:
        """The next message and its bytes.

        Raises:
            EOFError: the other side is gone.
            InvalidMessage: it is not a message.
        """
        line = self._in.readline(_MAX_LINE)
        if not line.endswith(b"\n"):
            raise EOFError
        try:
            kind, length, body = json.loads(line)
            message = TypeAdapter(_KINDS[kind]).validate_python(body)
        except (ValueError, TypeError, KeyError, ValidationError) as error:
            raise InvalidMessage(f"not a message: {line[:80]!r}") from error
        if not isinstance(length, int) or not 0 <= length <= _MAX_PAYLOAD:
            raise InvalidMessage(f"{length} bytes were announced")
        payload = self._in.read(length)
        if len(payload) < length:
            raise EOFError
        return message, payload
