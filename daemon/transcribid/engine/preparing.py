"""Runs preparers: each a process, with a thread that hands it recordings and takes windows."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np

from transcribid.domain.job import Failure, FailureKind
from transcribid.engine.assignment import Assignment, Window
from transcribid.engine.channel import (
    Channel,
    Ended,
    Garbled,
    Listened,
    Prepared,
    Refusing,
    Task,
)
from transcribid.engine.lineup import Lineup

_PREPARER = (sys.executable, "-P", "-m", "transcribid.engine.preparer")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_PATIENCE = 120.0  # seconds that a preparer may say nothing


class Preparer:
    """A dead one is replaced; only the recording it had is to blame."""

    def __init__(self, lineup: Lineup) -> None:
        """To be called from a thread that lives on: the process dies with it."""
        self._lineup = lineup
        self._begin()
        self._thread = threading.Thread(target=self._serve, name="preparer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """The lineup is closed before."""
        self._process.kill()
        self._thread.join()
        self._end()

    def _begin(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*_PREPARER, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
            )
        ours.settimeout(_PATIENCE)
        self._channel = Channel(ours)

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # what it would not read is of no use now
            self._channel.close()

    def _serve(self) -> None:
        while assignment := self._lineup.unprepared():
            try:
                wanted = self._prepare(assignment)
            except (OSError, EOFError, Garbled) as error:
                self._lineup.refuse(assignment, self._lost(error))
                wanted = False
            if not wanted:  # it may be in the middle of something
                self._end()
                self._begin()

    def _prepare(self, assignment: Assignment) -> bool:
        """Returns whether it was wanted to the end."""
        request = assignment.request
        try:
            file = Path(request.audio).open("rb")  # noqa: SIM115 - closed below
        except OSError as error:
            message = f"The copy of the recording cannot be read: {error.strerror}"
            self._lineup.refuse(assignment, Failure(FailureKind.STORAGE, message))
            return True
        with file:
            task = Task(
                request.options,
                assignment.mels,
                request.max_duration,
                request.accept_partial,
                assignment.bookmark,
            )
            self._channel.hand_over(file.fileno(), task)
        return self._hear(assignment)

    def _hear(self, assignment: Assignment) -> bool:
        index = len(assignment.passages)
        while True:
            message, payload = self._channel.hear()
            match message:
                case Prepared():
                    window = _window(message, payload, index, assignment.mels)
                    index += 1
                    wanted = self._lineup.put(assignment, window)
                case Listened(position=position, duration=duration):
                    wanted = self._lineup.listened(assignment, position, duration)
                case Ended(audio=audio):
                    self._lineup.prepared(assignment, audio)
                    return True
                case Refusing(failure=failure):
                    self._lineup.refuse(assignment, failure)
                    return True
                case Task():
                    raise Garbled("a preparer gave us a task")
            if not wanted:
                return False

    def _lost(self, error: Exception) -> Failure:
        self._process.kill()
        status = self._process.wait()
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else "ended"
        why = "it said nothing for too long" if isinstance(error, TimeoutError) else str(error)
        message = f"The process that decodes the recording {how}. {why}".strip()
        return Failure(FailureKind.LOST, message)


def _window(message: Prepared, payload: bytes, index: int, mels: int) -> Window:
    """Raises Garbled."""
    if len(payload) != mels * message.columns * 4 or not 0 < message.columns <= 3000:
        raise Garbled(f"{len(payload)} bytes for {message.columns} columns")
    features = np.frombuffer(payload, np.float32).reshape(mels, message.columns)
    return Window(index, features, message.stretches, message.speech, message.bookmark)
