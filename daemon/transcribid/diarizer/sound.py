"""Decodes a recording to blocks of samples of bounded size, in a separate process."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.transcript import Turn
from transcribid.preparer.client import PreparerProcess
from transcribid.preparer.mono import RATE, Samples
from transcribid.protocol.errors import Refused
from transcribid.protocol.preparer import Ended, InvalidMessage, Rejected, Sound, SoundTask

_JUMP = 1.0  # seconds between two pieces that are not contiguous
_Piece = tuple[float, Samples, float | None]
"""Start in seconds, samples, and the duration that the container claims."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    start: float  # seconds into the recording
    samples: Samples  # of shape (samples,), 16,000 for each second
    duration: float | None  # of the recording, as its container claims
    last: bool

    @property
    def alone(self) -> bool:
        """Whether it is the whole recording."""
        return self.last and not self.start

    @property
    def end(self) -> float:
        return self.start + len(self.samples) / RATE

    def turns(self, spans: Iterable[tuple[float, float, str]]) -> Iterator[Turn]:
        """Turns of spans relative to its start; the last frame may extend beyond its end."""
        for start, end, speaker in spans:
            turn = Turn(self.start + start, min(self.start + end, self.end), speaker)
            if turn.start < turn.end:
                yield turn


def blocks(path: Path, length: float, max_duration: float, track: int = 1) -> Iterator[Block]:
    """Blocks of `length` seconds each; only the last may be longer, by half; the last one, and
    one before a jump of the clock, may be shorter.

    No more than that is decoded ahead, so memory is bounded. Raises Refused.
    """
    whole = round(length * RATE)
    buffer = np.empty(whole + whole // 2 + RATE, np.float32)
    filled, start, duration = 0, 0.0, None
    for at, samples, duration in _pieces(path, max_duration, track):
        if at - start - filled / RATE > _JUMP:
            if filled:
                yield Block(start, buffer[:filled].copy(), duration, last=False)
            filled, start = 0, at
        buffer[filled : filled + len(samples)] = samples
        filled += len(samples)
        if filled > whole + whole // 2:
            yield Block(start, buffer[:whole], duration, last=False)
            start += whole / RATE
            filled -= whole
            buffer[:filled] = buffer[whole : whole + filled]
    yield Block(start, buffer[:filled], duration, last=True)


def _pieces(path: Path, max_duration: float, track: int) -> Iterator[_Piece]:
    """Pieces of one second each."""
    with closing(_Decoder()) as decoder:
        yield from decoder.pieces(path, max_duration, track)


class _Decoder:
    def __init__(self) -> None:
        self._process = PreparerProcess()

    def close(self) -> None:
        self._process.end()

    def pieces(self, path: Path, longest: float, track: int) -> Iterator[_Piece]:
        """Raises Refused."""
        try:
            with path.open("rb") as file:
                self._process.wait_until_started()
                self._process.channel.send_task(file.fileno(), SoundTask(longest, track))
            while piece := self._next():
                yield piece
        except (EOFError, InvalidMessage, TimeoutError) as error:
            raise Refused(self._process.lost(error)) from error
        except OSError as error:
            message = f"The copy of the recording cannot be read: {error.strerror}"
            raise Refused(Failure(FailureKind.STORAGE, message)) from error

    def _next(self) -> _Piece | None:
        message, payload = self._process.channel.receive()
        match message:
            case Sound(position=at, duration=duration):
                return at, np.frombuffer(payload, np.float32), duration
            case Ended():
                return None
            case Rejected(failure=failure):
                raise Refused(failure)
            case _:
                raise InvalidMessage(f"unexpected message from a preparer: {message}")
