"""Schedules the recordings in progress, oldest first: for preparers, and for the device."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.transcript import Audio
from transcribid.domain.window_result import WindowResult
from transcribid.engine.active_recording import ActiveRecording, Piece, Window
from transcribid.engine.turns import Turns

_HESITATION = 1.0  # seconds that a recording waits before a reserved preparer takes it
_MOST_YIELDS = 3  # without a window in between, or it would never finish
_TAKEN_BACK = Failure(FailureKind.BYSTANDER, "The job was taken back.")


class Serves(Enum):
    """Which recordings a preparer takes: one each is reserved for urgent and short ones."""

    ALL = auto()
    URGENT = auto()  # those with a client waiting
    SHORT = auto()


class Scheduler:
    """Shared by the preparers, which put windows in, and the lanes, which take them out.

    The verdict on a recording is posted when it is finished.
    """

    def __init__(self, room: int, lanes: int = 1) -> None:
        """`room` is the number of windows that may be queued for one recording."""
        self._room = room
        self._lanes = lanes
        self._changed = threading.Condition()
        self._order: list[ActiveRecording] = []
        self._turns = Turns()
        self._device: set[ActiveRecording] = set()  # including cancelled ones
        self._idle: Counter[Serves] = Counter()  # idle preparers
        self._closed = False

    def add(self, active: ActiveRecording) -> None:
        with self._changed:
            self._order.append(active)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._order.clear()
            self._changed.notify_all()

    def cancel(self, active: ActiveRecording) -> None:
        """Post the verdict at once; results that still arrive are dropped."""
        with self._changed:
            if self.wants(active):
                active.failure = _TAKEN_BACK
                active.waiting.clear()
                self._order.remove(active)
                active.post_verdict()
            self._report()

    def unprepared(self, serves: Serves) -> ActiveRecording | None:
        """Wait for the next recording to prepare; None when there will be none."""
        with self._changed:
            self._idle[serves] += 1
            try:
                while not self._closed:
                    if found := self._unprepared(serves):
                        found.at_preparer = True
                        self._changed.notify_all()  # a reserved preparer may be needed now
                        return found
                    self._changed.wait(None if serves is Serves.ALL else _HESITATION)
            finally:
                self._idle[serves] -= 1
        return None

    def idle(self, serves: Serves) -> int:
        """How many preparers of this kind wait for a recording."""
        return self._idle[serves]

    def release(self, active: ActiveRecording, length: float = 0.0) -> None:
        """Return it, longer than `length` seconds, so that another preparer continues."""
        with self._changed:
            active.reach(length)
            active.at_preparer = False
            self._changed.notify_all()

    def yields(self, active: ActiveRecording, serves: Serves) -> bool:
        """Defer a costly recording. Returns whether others need its preparer."""
        with self._changed:
            active.deferred = True
            starved = any(map(self._starves, self._unassigned()))
            patient = active.yields < _MOST_YIELDS
            if gives_way := serves is not Serves.ALL or (starved and patient):
                active.yields += 1
            return gives_way

    def _unassigned(self) -> Iterator[ActiveRecording]:
        """Recordings that no preparer has or had, and that did not fail."""
        return (each for each in self._order if not (each.at_preparer or each.failure))

    def _starves(self, active: ActiveRecording) -> bool:
        """Whether it should not have to wait, and no preparer is free for it."""
        free = any(self._idle[each] and self._suits(active, each) for each in Serves)
        return not active.deferred and not free

    def _unprepared(self, serves: Serves) -> ActiveRecording | None:
        found = [each for each in self._unassigned() if self._suits(each, serves)]
        return min(found, key=lambda each: (each.deferred, not each.urgent), default=None)

    def _suits(self, active: ActiveRecording, serves: Serves) -> bool:
        """Reserved preparers step in only where no other is free."""
        if serves is Serves.ALL:
            return True
        waited = time.monotonic() - active.added > _HESITATION
        if self._idle[Serves.ALL] or active.deferred or not waited:
            return False
        if serves is Serves.URGENT:
            return active.urgent
        return not active.long and not (active.urgent and self._idle[Serves.URGENT])

    def put(self, active: ActiveRecording, window: Window) -> bool:
        """Queue a window, waiting for room. Returns whether the recording is still wanted."""
        with self._changed:
            while self.wants(active) and len(active.waiting) >= self._room:
                self._changed.wait()
            if wanted := self.wants(active):
                active.enqueue(window)
                self._changed.notify_all()
            return wanted

    def note_progress(
        self, active: ActiveRecording, position: float, duration: float | None
    ) -> bool:
        """Note that preparation goes on. Returns whether the recording is still wanted."""
        with self._changed:
            active.duration = duration
            active.reach(max(position, duration or 0.0))
            if active.began or active in self._order[:1]:  # else it has not started yet
                active.post_progress(position)
            return self.wants(active)

    def wants(self, active: ActiveRecording) -> bool:
        return active in self._order and active.failure is None

    def finish_preparing(self, active: ActiveRecording, audio: Audio) -> None:
        """Note that there are no more windows of it."""
        with self._changed:
            active.audio = audio
            self._report()

    def refuse(self, active: ActiveRecording, failure: Failure) -> None:
        """Give it up, as soon as none of its windows is on the device."""
        with self._changed:  # reentrant
            if self.wants(active):
                active.failure = failure
                active.waiting.clear()
            self._report()

    def take(self, most: int) -> list[Piece]:
        """Wait for windows that can share a batch; empty when there will be none.

        A lane leaves the others their share of what is queued.
        """
        with self._changed:
            while not self._closed:
                if batch := self._gathered(most):
                    self._changed.notify_all()
                    return batch
                self._changed.wait()
        return []

    def done(self, batch: Sequence[Piece], window_results: Sequence[WindowResult]) -> None:
        with self._changed:
            for piece, window_result in zip(batch, window_results, strict=True):
                piece.active.finish(window_result)
            self._report()

    def drop(self, piece: Piece, failure: Failure) -> None:
        """This window cannot be decoded, so neither can its recording."""
        with self._changed:
            piece.active.retire_window()
            self.refuse(piece.active, failure)

    def _gathered(self, most: int) -> list[Piece]:
        batch: list[Piece] = []
        queued = sum(len(each.waiting) for each in self._order if each.ready)
        most = min(most, -(-queued // self._lanes))
        while len(batch) < most:
            active = self._turns.choose(self._ready(batch))
            if active is None or not self._may_join(active):
                break
            self._turns.note(active)
            self._device.add(active)
            batch += [Piece(active, window) for window in active.take()]
        return batch

    def _ready(self, batch: Sequence[Piece]) -> list[ActiveRecording]:
        """Those whose windows could join the batch."""
        shape = batch[0].active.shape if batch else None
        return [
            each for each in self._order if each.ready and (not batch or each.shape == shape)
        ]

    def _may_join(self, active: ActiveRecording) -> bool:
        """Whether it may share the device with the recordings there."""
        self._device = {each for each in self._device if each.in_flight}
        others = self._device - {active}
        return not others or not (active.alone or any(each.alone for each in others))

    def _report(self) -> None:
        for active in self._order:
            active.post_results()
        for active in [each for each in self._order if each.ended]:
            self._order.remove(active)
            active.post_verdict()
        self._changed.notify_all()
