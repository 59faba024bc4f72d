"""python -m transcribid.engine.preparer FD: recordings in over that socket, windows out."""

import math
import os
import resource
import socket
import sys
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from transcribid.domain.job import Failure, FailureKind
from transcribid.engine import Refused
from transcribid.engine.channel import (
    Channel,
    Ended,
    Given,
    Listened,
    Long,
    Prepared,
    Refusing,
    Said,
    Sound,
    SoundTask,
    Started,
    Task,
)
from transcribid.engine.orphan import die_with_parent
from transcribid.engine.preparer.decode import Recording
from transcribid.engine.preparer.features import Features, log_mel
from transcribid.engine.preparer.listening import Listening, even
from transcribid.engine.preparer.mono import RATE, Samples
from transcribid.engine.preparer.opening import CONVERT
from transcribid.engine.preparer.timestamps import Jump
from transcribid.engine.preparer.tracks import chosen, compared
from transcribid.engine.preparer.windows import Window

_MEMORY = 1 << 30  # bytes of address space; the bundled recordings take a third
_SIGN_OF_LIFE = 10  # blocks of a second each without a window


def main() -> None:
    die_with_parent()
    _limit_memory()
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    channel.say(Started())
    while received := channel.receive():
        descriptor, task = received
        with os.fdopen(descriptor, "rb") as file:
            _answer(channel, file, task)


def _limit_memory() -> None:
    """What asks for more gets a MemoryError, and the machine goes on."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MEMORY if most == resource.RLIM_INFINITY else min(_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def _answer(channel: Channel, file: BinaryIO, task: Given) -> None:
    saying = _prepare(file, task) if isinstance(task, Task) else _decode(file, task)
    for message, numbers in _whatever_happens(saying):
        channel.say(message, numbers.tobytes())


def _whatever_happens(
    saying: Iterator[tuple[Said, Features]],
) -> Iterator[tuple[Said, Features]]:
    """The last word is an end or a refusal: only a native crash may end this process."""
    nothing = np.zeros(0, np.float32)
    try:
        yield from saying
    except Refused as refused:
        yield Refusing(refused.failure), nothing
    except MemoryError:
        yield Refusing(_TOO_MUCH), nothing
    except Exception as error:  # noqa: BLE001 - libraries raise what they like for bad files
        message = f"It cannot be decoded ({type(error).__name__}: {error})."
        yield Refusing(Failure(FailureKind.BAD_INPUT, message, CONVERT)), nothing


def _prepare(file: BinaryIO, task: Task) -> Iterator[tuple[Said, Features]]:
    nothing = np.zeros(0, np.float32)
    recording = chosen(file, task.options, task.max_duration)
    if not task.accept_partial:
        recording.check_header()
    longest = math.inf if task.longest is None else task.longest
    yield Listened(0.0, recording.duration), nothing
    listening = Listening(task.options, task.bookmark)
    quiet = 0
    for window in listening.windows(recording.blocks()):
        if max(recording.position, recording.duration or 0.0) > longest:
            yield Long(), nothing
            return
        quiet = 0 if window else quiet + 1
        if window:
            features = _seen(window, task.mels)
            yield _prepared(window, features, listening, recording), features
        elif quiet % _SIGN_OF_LIFE == 0:
            yield Listened(recording.position, recording.duration), nothing
    if not task.accept_partial:
        recording.check_complete()
    yield Ended(compared(file, task.options, recording.facts)), nothing


def _decode(file: BinaryIO, task: SoundTask) -> Iterator[tuple[Said, Samples]]:
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
    window: Window, features: Features, listening: Listening, recording: Recording
) -> Prepared:
    return Prepared(
        stretches=tuple(window.stretches),
        speech=tuple(window.speech),
        columns=features.shape[1],
        bookmark=listening.bookmark(window),
        position=recording.position,
        duration=recording.duration,
    )


def _seen(window: Window, mels: int) -> Features:
    samples = np.concatenate([frame.samples for frame in window.frames])
    return np.ascontiguousarray(log_mel(samples, mels))


_TOO_MUCH = Failure(
    FailureKind.BAD_INPUT, "To decode it would take more memory than a recording may.", CONVERT
)

if __name__ == "__main__":
    main()
