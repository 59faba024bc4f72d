"""python -m transcribid.preparer FD: recordings in over that socket, windows out."""

import math
import os
import resource
import socket
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import numpy as np

from transcribid.domain.job import Failure, FailureKind
from transcribid.preparer.decode import Recording
from transcribid.preparer.features import Features, log_mel
from transcribid.preparer.listening import Listening, even
from transcribid.preparer.mono import RATE, Samples
from transcribid.preparer.opening import CONVERT
from transcribid.preparer.timestamps import Jump
from transcribid.preparer.tracks import chosen, compared
from transcribid.preparer.windows import SoundWindow
from transcribid.process.parent_death import die_with_parent
from transcribid.protocol.errors import Refused
from transcribid.protocol.preparer import (
    Advanced,
    Channel,
    Ended,
    Preparation,
    Prepared,
    PreparerMessage,
    PreparerTask,
    Rejected,
    Sound,
    SoundTask,
    Started,
    TooLong,
)

_LIMITS = {  # bytes; the bundled recordings take less than half
    resource.RLIMIT_AS: 1 << 30,  # address space
    resource.RLIMIT_DATA: 272 << 20,  # private memory: 20 MiB less than the resident size
}
_SILENCE = 1.0  # processor seconds after which new audio is reported
_PAUSE = 10  # blocks of a second each after which it is reported in any case


def main() -> None:
    die_with_parent()
    _limit_memory()
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    channel.send(Started())
    while received := channel.receive_task():
        descriptor, task = received
        with os.fdopen(descriptor, "rb") as file:
            _answer(channel, file, task)


def _limit_memory() -> None:
    """Allocations beyond it raise MemoryError, and the machine is not affected."""
    for kind, wanted in _LIMITS.items():
        _, most = resource.getrlimit(kind)
        limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(kind, (limit, most))


class _Heartbeat:
    """Reports that there is new audio, where no window does."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.begin()

    def begin(self) -> None:
        """A message was sent just now."""
        self._last, self._blocks = time.process_time(), 0

    def beat(self, position: float = 0.0, duration: float | None = None) -> None:
        """Another second was decoded."""
        self._blocks += 1
        if self._blocks == _PAUSE or time.process_time() - self._last > _SILENCE:
            self._channel.send(Advanced(position, duration))
            self.begin()


def _answer(channel: Channel, file: BinaryIO, task: PreparerTask) -> None:
    if isinstance(task, Preparation):
        messages = _prepare(file, task, _Heartbeat(channel))
    else:
        messages = _decode(file, task)
    for message, numbers in _with_refusal(messages):
        channel.send(message, numbers.tobytes())


def _with_refusal(
    messages: Iterator[tuple[PreparerMessage, Features]],
) -> Iterator[tuple[PreparerMessage, Features]]:
    """The last message is an end or a refusal: only a native crash may end this process."""
    nothing = np.zeros(0, np.float32)
    try:
        yield from messages
    except Refused as refused:
        yield Rejected(refused.failure), nothing
    except MemoryError:
        yield Rejected(_TOO_MUCH), nothing
    except Exception as error:  # noqa: BLE001 - libraries raise anything for bad files
        message = f"It cannot be decoded ({type(error).__name__}: {error})."
        yield Rejected(Failure(FailureKind.BAD_INPUT, message, CONVERT)), nothing


def _prepare(
    file: BinaryIO, task: Preparation, heartbeat: _Heartbeat
) -> Iterator[tuple[PreparerMessage, Features]]:
    nothing = np.zeros(0, np.float32)
    recording = chosen(file, task.options, task.max_duration, heartbeat.beat)
    if not task.accept_partial:
        recording.check_header()
    longest = math.inf if task.longest is None else task.longest
    yield Advanced(0.0, recording.duration), nothing
    listening = Listening(task.options, task.bookmark)
    for window in listening.windows(recording.blocks()):
        if max(recording.position, recording.duration or 0.0) > longest:
            yield TooLong(), nothing
            return
        if window:
            features = _features(window, task.mels)
            yield _prepared(window, features, listening, recording), features
            heartbeat.begin()
        else:
            heartbeat.beat(recording.position, recording.duration)
    if not task.accept_partial:
        recording.check_complete()
    on_block = partial(heartbeat.beat, recording.position, recording.duration)
    yield Ended(compared(file, task.options, recording.facts, on_block)), nothing


def _decode(file: BinaryIO, task: SoundTask) -> Iterator[tuple[PreparerMessage, Samples]]:
    recording = Recording(file, task.max_duration, task.track)
    at = 0.0
    for samples in even(recording.blocks(), RATE):
        if isinstance(samples, Jump):
            at = samples.to
        else:
            yield Sound(at, recording.duration), samples
            at += len(samples) / RATE
    yield Ended(recording.facts), np.zeros(0, np.float32)


def _prepared(
    window: SoundWindow, features: Features, listening: Listening, recording: Recording
) -> Prepared:
    return Prepared(
        spans=tuple(window.spans),
        speech=tuple(window.speech),
        columns=features.shape[1],
        bookmark=listening.bookmark(window),
        position=recording.position,
        duration=recording.duration,
    )


def _features(window: SoundWindow, mels: int) -> Features:
    samples = np.concatenate([frame.samples for frame in window.frames])
    return np.ascontiguousarray(log_mel(samples, mels))


_TOO_MUCH = Failure(
    FailureKind.BAD_INPUT, "Decoding it would exceed the memory limit for a recording.", CONVERT
)

if __name__ == "__main__":
    main()
