"""What the engine and a preparer say to each other: a JSON line, and the bytes it announces.

The preparer parses foreign media and will sit in a sandbox, so nothing it says is trusted
to be more than data.
"""

import json
import socket
from dataclasses import asdict, dataclass
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from transcribid.domain.job import Failure
from transcribid.domain.options import Options
from transcribid.domain.transcript import Audio, Span

_LONGEST = 1 << 20  # bytes of a line
_MOST = 1 << 24  # bytes after a line: 30 seconds of 128 mels are 1.5 MB


@dataclass(frozen=True, slots=True)
class Preparation:
    """Prepare the recording whose descriptor came before this line."""

    options: Options
    mels: int
    max_duration: float  # seconds
    accept_partial: bool
    bookmark: str | None  # where to go on
    longest: float | None = None  # seconds; of a longer one only that is said


@dataclass(frozen=True, slots=True)
class SoundTask:
    """Only decode the recording whose descriptor came before this line."""

    max_duration: float  # seconds
    track: int = 1


@dataclass(frozen=True, slots=True)
class Started:
    """Said once, before the first task."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples follow, as float32 of shape (samples,), 16,000 for each second."""

    position: float  # seconds into the recording, of the first of them
    duration: float | None  # as the container claims


@dataclass(frozen=True, slots=True)
class Listened:
    """This far, and no window was finished."""

    position: float  # seconds
    duration: float | None  # seconds, as the container claims


@dataclass(frozen=True, slots=True)
class Prepared:
    """A window; its features follow as float32 of shape (mels, columns)."""

    spans: tuple[Span, ...]  # of the recording, joined without what was between
    speech: tuple[Span, ...]
    columns: int
    bookmark: str
    position: float  # seconds that were listened to
    duration: float | None


@dataclass(frozen=True, slots=True)
class Longer:
    """It is longer than was asked for; the windows that were given are good."""


@dataclass(frozen=True, slots=True)
class Ended:
    """There are no more windows."""

    audio: Audio


@dataclass(frozen=True, slots=True)
class Refusing:
    """The recording cannot be prepared."""

    failure: Failure


Said = Started | Listened | Prepared | Sound | Longer | Ended | Refusing
Given = Preparation | SoundTask
_KINDS = {
    kind.__name__: kind
    for kind in (
        Preparation,
        SoundTask,
        Started,
        Listened,
        Prepared,
        Sound,
        Longer,
        Ended,
        Refusing,
    )
}


class Unintelligible(Exception):
    """The other side said something that is not in the language."""


class Channel:
    """One end of a socket. Both ends take turns: a task, then all that is said about it."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._in: BinaryIO = end.makefile("rb")
        self._out: BinaryIO = end.makefile("wb")

    def close(self) -> None:
        self._in.close()
        self._out.close()
        self._end.close()

    def hand_over(self, descriptor: int, task: Given) -> None:
        """Raises OSError when the other side is gone."""
        socket.send_fds(self._end, [b"\n"], [descriptor])
        self.say(task)

    def receive(self) -> tuple[int, Given] | None:
        """The next recording and what to do with it; None when there will be none."""
        said, descriptors, _, _ = socket.recv_fds(self._end, 1, 1)
        if not said:
            return None
        task = self.hear()[0]
        if not isinstance(task, Given):
            raise Unintelligible(f"expected a task, got {task}")
        return descriptors[0], task

    def say(self, message: Given | Said, payload: bytes | memoryview = b"") -> None:
        envelope = [type(message).__name__, len(payload), asdict(message)]
        self._out.write(json.dumps(envelope).encode() + b"\n")
        self._out.write(payload)
        self._out.flush()

    def hear(self) -> tuple[Given | Said, bytes]:
        """The next message and its bytes.

        Raises:
            EOFError: the other side is gone.
            Garbled: it is not a message.
        """
        line = self._in.readline(_LONGEST)
        if not line.endswith(b"\n"):
            raise EOFError
        try:
            kind, length, body = json.loads(line)
            message = TypeAdapter(_KINDS[kind]).validate_python(body)
        except (ValueError, TypeError, KeyError, ValidationError) as error:
            raise Unintelligible(f"not a message: {line[:80]!r}") from error
        if not isinstance(length, int) or not 0 <= length <= _MOST:
            raise Unintelligible(f"{length} bytes were announced")
        payload = self._in.read(length)
        if len(payload) < length:
            raise EOFError
        return message, payload
