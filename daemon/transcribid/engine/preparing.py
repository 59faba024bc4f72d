"""Runs preparers: each a process, with a thread that hands it recordings and takes windows."""

import threading
from pathlib import Path

import numpy as np

from transcribid.domain.job import Failure, FailureKind
from transcribid.engine.assignment import Assignment, Window
from transcribid.engine.channel import (
    Ended,
    Garbled,
    Listened,
    Prepared,
    Refusing,
    Sound,
    SoundTask,
    Task,
)
from transcribid.engine.lineup import Lineup
from transcribid.engine.preparer_process import PreparerProcess


class Preparer:
    """A dead one is replaced; only the recording it had is to blame."""

    def __init__(self, lineup: Lineup) -> None:
        """To be called from a thread that lives on: the process dies with it."""
        self._lineup = lineup
        self._process = PreparerProcess()
        self._thread = threading.Thread(target=self._serve, name="preparer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """The lineup is closed before."""
        self._process.kill()
        self._thread.join()
        self._process.end()

    def _serve(self) -> None:
        while assignment := self._lineup.unprepared():
            try:
                wanted = self._prepare(assignment)
            except (OSError, EOFError, Garbled) as error:
                self._lineup.refuse(assignment, self._process.lost(error))
                wanted = False
            if not wanted:  # it may be in the middle of something
                self._process.end()
                self._process = PreparerProcess()

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
            self._process.channel.hand_over(file.fileno(), task)
        return self._hear(assignment)

    def _hear(self, assignment: Assignment) -> bool:
        index = len(assignment.passages)
        while True:
            message, payload = self._process.channel.hear()
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
                case Task() | SoundTask() | Sound():
                    raise Garbled(f"a preparer said {message}")
            if not wanted:
                return False


def _window(message: Prepared, payload: bytes, index: int, mels: int) -> Window:
    """Raises Garbled."""
    if len(payload) != mels * message.columns * 4 or not 0 < message.columns <= 3000:
        raise Garbled(f"{len(payload)} bytes for {message.columns} columns")
    features = np.frombuffer(payload, np.float32).reshape(mels, message.columns)
    return Window(index, features, message.stretches, message.speech, message.bookmark)
