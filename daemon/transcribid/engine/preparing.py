"""Runs preparers: each a process, with a thread that sends it recordings and receives windows.

A recording's budget is in processor seconds without a new second of audio. As long as it yields
audio, it may take as long as it likes.
"""

import math
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from transcribid.domain.job import Failure, FailureKind
from transcribid.engine.active_recording import SHORT, ActiveRecording, Window
from transcribid.engine.scheduler import Scheduler, Serves
from transcribid.preparer.client import PreparerProcess
from transcribid.protocol.preparer import (
    Advanced,
    Ended,
    InvalidMessage,
    Preparation,
    Prepared,
    Rejected,
    Sound,
    SoundTask,
    Started,
    TooLong,
)

_BETWEEN_LOOKS = 0.5  # seconds
_MOMENT = 0.3  # processor seconds for a recording that is no longer wanted


@dataclass(frozen=True, slots=True)
class Budget:
    """Processor seconds without a new second of audio."""

    many: float = 5.0  # after this, others go first
    most: float = 60.0  # after this, it is refused


class Preparers:
    """As many as the device needs; two more start when a recording would have to wait."""

    def __init__(self, scheduler: Scheduler, number: int, budget: Budget = Budget()) -> None:
        """Call it from a thread that lives on: the processes die with it."""
        served = [Serves.ALL] * number + [Serves.URGENT, Serves.SHORT]
        self._preparers = [_Preparer(scheduler, each, budget) for each in served]
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="preparers", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Close the scheduler first."""
        self._closed.set()
        self._watcher.join()
        for preparer in self._preparers:
            preparer.close()

    def _watch(self) -> None:
        while not self._closed.wait(_BETWEEN_LOOKS):
            for preparer in self._preparers:
                preparer.look()


class _Preparer:
    """Replaces a process that died; only the recording it had may be to blame."""

    def __init__(self, scheduler: Scheduler, serves: Serves, budget: Budget) -> None:
        self._scheduler = scheduler
        self._budget = budget
        self._serves = serves
        self._lock = threading.Lock()
        self._active: ActiveRecording | None = None  # the one being prepared
        self._spent = 0.0  # processor seconds up to the last new audio
        self._stopped: Failure | None = None  # why its process was killed
        self._yielded = False  # its process was killed to make way for others
        self._process = PreparerProcess() if serves is Serves.ALL else None
        self._thread = threading.Thread(target=self._serve, name="preparer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if process := self._process:
            process.kill()
        self._thread.join()
        self._end_process()

    def look(self) -> None:
        """Check what the recording has cost since its last audio. For the watching thread."""
        with self._lock:
            active, process = self._active, self._process
            if active is None or process is None or self._stopped or self._yielded:
                return
            spent = process.processor_seconds() - self._spent
            if spent > self._budget.most:
                self._stopped = _costly(spent)
            elif spent > _MOMENT and not self._scheduler.wants(active):
                self._yielded = True
            elif spent > self._budget.many:
                self._yielded = self._scheduler.yields(active, self._serves)
            if self._stopped or self._yielded:
                process.kill()

    def _serve(self) -> None:
        while active := self._scheduler.unprepared(self._serves):
            try:
                process = self._process = self._process or PreparerProcess()
                process.wait_until_started()
            except (OSError, EOFError, InvalidMessage) as error:
                self._scheduler.refuse(active, _no_process(error))
                self._end_process()
                continue
            self._begin(active, process)
            failure, wanted = None, True
            try:
                wanted = self._prepare(active, process)
            except (OSError, EOFError, InvalidMessage) as error:
                failure = process.lost(error)
            self._settle(active, failure, wanted=wanted)

    def _begin(self, active: ActiveRecording, process: PreparerProcess) -> None:
        with self._lock:
            self._active, self._spent = active, process.processor_seconds()

    def _settle(
        self, active: ActiveRecording, failure: Failure | None, *, wanted: bool
    ) -> None:
        """Called after the process is done with the recording, or died of it."""
        with self._lock:
            self._active = None
            stopped, yielded = self._stopped, self._yielded
            self._stopped, self._yielded = None, False
        if failure and yielded:
            self._scheduler.release(active)
        elif failure:
            self._scheduler.refuse(active, stopped or failure)
        if failure or stopped or yielded or not wanted:  # it may be in the middle of something
            self._end_process()

    def _end_process(self) -> None:
        if process := self._process:
            process.end()
            self._process = None

    def _prepare(self, active: ActiveRecording, process: PreparerProcess) -> bool:
        """Returns whether the recording was wanted to the end."""
        request = active.request
        try:
            file = Path(request.audio).open("rb")  # noqa: SIM115 - closed below
        except OSError as error:
            message = f"The copy of the recording cannot be read: {error.strerror}"
            self._scheduler.refuse(active, Failure(FailureKind.STORAGE, message))
            return True
        with file:
            task = Preparation(
                request.options,
                active.mels,
                request.max_duration,
                request.accept_partial,
                active.bookmark,
                SHORT if self._serves is Serves.SHORT else None,
            )
            process.channel.send_task(file.fileno(), task)
        return self._receive_windows(active, process)

    def _receive_windows(self, active: ActiveRecording, process: PreparerProcess) -> bool:
        while True:
            message, payload = process.channel.receive()
            match message:
                case Prepared():
                    window = _window(message, payload, active.prepared, active.mels)
                    wanted = self._scheduler.put(active, window)
                case Advanced(position=position, duration=duration):
                    wanted = self._scheduler.note_progress(active, position, duration)
                case Ended(audio=audio):
                    self._scheduler.finish_preparing(active, audio)
                    return True
                case Rejected(failure=failure):
                    self._scheduler.refuse(active, failure)
                    return True
                case TooLong():
                    self._scheduler.release(active, math.inf)
                    return True
                case Preparation() | SoundTask() | Started() | Sound():
                    raise InvalidMessage(f"unexpected message from a preparer: {message}")
            self._spent = process.processor_seconds()
            if not wanted:
                return False


def _window(message: Prepared, payload: bytes, index: int, mels: int) -> Window:
    """Raises InvalidMessage."""
    if len(payload) != mels * message.columns * 4 or not 0 < message.columns <= 3000:
        raise InvalidMessage(f"{len(payload)} bytes for {message.columns} columns")
    features = np.frombuffer(payload, np.float32).reshape(mels, message.columns)
    return Window(index, features, message.spans, message.speech, message.bookmark)


def _no_process(error: Exception) -> Failure:
    message = f"No process can be started to decode it: {error or type(error).__name__}."
    return Failure(FailureKind.STORAGE, message)


def _costly(spent: float) -> Failure:
    message = f"It took {spent:.0f} s of processor time without a new second of sound."
    remedy = "If it plays elsewhere, convert it, for instance with `ffmpeg -i FILE NEW.flac`."
    return Failure(FailureKind.BAD_INPUT, message, remedy)
