"""The recordings at work, oldest first: who waits for what, and whose turn it is."""

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

_HESITATION = 1.0  # seconds that a recording waits before a kept preparer springs in
_MOST_YIELDS = 3  # without a window in between, or nothing would ever come of it
_TAKEN_BACK = Failure(FailureKind.BYSTANDER, "The job was taken back.")


class Serves(Enum):
    """Which recordings a preparer takes: one of each kept sort is there for them alone."""

    ALL = auto()
    URGENT = auto()  # those that somebody waits for
    SHORT = auto()


class Scheduler:
    """Shared by the preparers, which put windows in, and the lanes, which take them out.

    A recording is answered when it is finished.
    """

    def __init__(self, room: int) -> None:
        """`room` is the number of windows that may wait for one recording."""
        self._room = room
        self._changed = threading.Condition()
        self._order: list[ActiveRecording] = []
        self._turns = Turns()
        self._device: set[ActiveRecording] = set()  # also those that nobody wants any more
        self._idle: Counter[Serves] = Counter()  # preparers
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
        """It is answered at once; what is still heard of it is dropped."""
        with self._changed:
            if self.wants(active):
                active.failure = _TAKEN_BACK
                active.waiting.clear()
                self._order.remove(active)
                active.answer()
            self._report()

    def unprepared(self, serves: Serves) -> ActiveRecording | None:
        """The next recording for a preparer; None when there will be none."""
        with self._changed:
            self._idle[serves] += 1
            try:
                while not self._closed:
                    if found := self._unprepared(serves):
                        found.at_preparer = True
                        self._changed.notify_all()  # now another sort may be needed
                        return found
                    self._changed.wait(None if serves is Serves.ALL else _HESITATION)
            finally:
                self._idle[serves] -= 1
        return None

    def idle(self, serves: Serves) -> int:
        """How many preparers of this sort wait for a recording."""
        return self._idle[serves]

    def release(self, active: ActiveRecording, length: float = 0.0) -> None:
        """A preparer gives it back, for it is longer than so many seconds; another goes on."""
        with self._changed:
            active.reach(length)
            active.at_preparer = False
            self._changed.notify_all()

    def yields(self, active: ActiveRecording, serves: Serves) -> bool:
        """It costs much and gives nothing. Returns whether others need its preparer."""
        with self._changed:
            active.behind = True
            starved = any(map(self._starves, self._unassigned()))
            patient = active.yields < _MOST_YIELDS
            if gives_way := serves is not Serves.ALL or (starved and patient):
                active.yields += 1
            return gives_way

    def _unassigned(self) -> Iterator[ActiveRecording]:
        """Recordings that no preparer has or had."""
        return (each for each in self._order if not (each.at_preparer or each.failure))

    def _starves(self, active: ActiveRecording) -> bool:
        """Whether no preparer is free for it, and it should not have to wait."""
        free = any(self._idle[each] and self._suits(active, each) for each in Serves)
        return not active.behind and not free

    def _unprepared(self, serves: Serves) -> ActiveRecording | None:
        found = [each for each in self._unassigned() if self._suits(each, serves)]
        return min(found, key=lambda each: (each.behind, not each.urgent), default=None)

    def _suits(self, active: ActiveRecording, serves: Serves) -> bool:
        """The kept ones spring in only where no other is free."""
        if serves is Serves.ALL:
            return True
        waited = time.monotonic() - active.added > _HESITATION
        if self._idle[Serves.ALL] or active.behind or not waited:
            return False
        if serves is Serves.URGENT:
            return active.urgent
        return not active.long and not (active.urgent and self._idle[Serves.URGENT])

    def put(self, active: ActiveRecording, window: Window) -> bool:
        """Wait for room. Returns whether the recording is still wanted."""
        with self._changed:
            while self.wants(active) and len(active.waiting) >= self._room:
                self._changed.wait()
            if wanted := self.wants(active):
                active.lay(window)
                self._changed.notify_all()
            return wanted

    def note_progress(
        self, active: ActiveRecording, position: float, duration: float | None
    ) -> bool:
        """A sign of life. Returns whether the recording is still wanted."""
        with self._changed:
            active.duration = duration
            active.reach(max(position, duration or 0.0))
            if active.began or active in self._order[:1]:  # else it was not begun yet
                active.note(position)
            return self.wants(active)

    def wants(self, active: ActiveRecording) -> bool:
        return active in self._order and active.failure is None

    def finish_preparing(self, active: ActiveRecording, audio: Audio) -> None:
        """There are no more windows of it."""
        with self._changed:
            active.audio = audio
            self._report()

    def refuse(self, active: ActiveRecording, failure: Failure) -> None:
        """Give it up, as soon as none of its windows is in the device."""
        with self._changed:  # it may be entered again by the thread that holds it
            if self.wants(active):
                active.failure = failure
                active.waiting.clear()
            self._report()

    def take(self, most: int) -> list[Piece]:
        """Wait for windows that can be heard together; none when there will be none."""
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
        """This window cannot be heard, so neither can its recording."""
        with self._changed:
            piece.active.land()
            self.refuse(piece.active, failure)

    def _gathered(self, most: int) -> list[Piece]:
        batch: list[Piece] = []
        while len(batch) < most:
            active = self._turns.choose(self._ready(batch))
            if active is None or not self._may_join(active):
                break
            self._turns.note(active)
            self._device.add(active)
            batch += [Piece(active, window) for window in active.take()]
        return batch

    def _ready(self, batch: Sequence[Piece]) -> list[ActiveRecording]:
        """Those that could be heard together with a batch."""
        shape = batch[0].active.shape if batch else None
        return [
            each for each in self._order if each.ready and (not batch or each.shape == shape)
        ]

    def _may_join(self, active: ActiveRecording) -> bool:
        """Whether it may share the device with what is there."""
        self._device = {each for each in self._device if each.flying}
        others = self._device - {active}
        return not others or not (active.alone or any(each.alone for each in others))

    def _report(self) -> None:
        for active in self._order:
            active.tell()
        for active in [each for each in self._order if each.ended]:
            self._order.remove(active)
            active.answer()
        self._changed.notify_all()
