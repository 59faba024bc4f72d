"""The recordings at work, oldest first: who waits for what, and whose turn it is."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.passage import Passage
from transcribid.domain.transcript import Audio
from transcribid.engine.active_recording import Assignment, Piece, Window
from transcribid.engine.turns import Turns

_HESITATION = 1.0  # seconds that a recording waits before a kept preparer springs in
_MOST_YIELDS = 3  # without a window in between, or nothing would ever come of it
_TAKEN_BACK = Failure(FailureKind.BYSTANDER, "The job was taken back.")


class Serves(Enum):
    """Which recordings a preparer takes: one of each kept sort is there for them alone."""

    ALL = auto()
    URGENT = auto()  # those that somebody waits for
    SHORT = auto()


class Lineup:
    """Shared by the preparers, which put windows in, and the lanes, which take them out.

    A recording is answered when it is finished.
    """

    def __init__(self, room: int) -> None:
        """`room` is the number of windows that may wait for one recording."""
        self._room = room
        self._changed = threading.Condition()
        self._order: list[Assignment] = []
        self._turns = Turns()
        self._device: set[Assignment] = set()  # also those that nobody wants any more
        self._idle: Counter[Serves] = Counter()  # preparers
        self._closed = False

    def add(self, assignment: Assignment) -> None:
        with self._changed:
            self._order.append(assignment)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._order.clear()
            self._changed.notify_all()

    def cancel(self, assignment: Assignment) -> None:
        """It is answered at once; what is still heard of it is dropped."""
        with self._changed:
            if self.wants(assignment):
                assignment.failure = _TAKEN_BACK
                assignment.waiting.clear()
                self._order.remove(assignment)
                assignment.answer()
            self._report()

    def unprepared(self, serves: Serves) -> Assignment | None:
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

    def release(self, assignment: Assignment, length: float = 0.0) -> None:
        """A preparer gives it back, for it is longer than so many seconds; another goes on."""
        with self._changed:
            assignment.reach(length)
            assignment.at_preparer = False
            self._changed.notify_all()

    def yields(self, assignment: Assignment, serves: Serves) -> bool:
        """It costs much and gives nothing. Returns whether others need its preparer."""
        with self._changed:
            assignment.behind = True
            starved = any(map(self._starves, self._unassigned()))
            patient = assignment.yields < _MOST_YIELDS
            if gives_way := serves is not Serves.ALL or (starved and patient):
                assignment.yields += 1
            return gives_way

    def _unassigned(self) -> Iterator[Assignment]:
        """Recordings that no preparer has or had."""
        return (each for each in self._order if not (each.at_preparer or each.failure))

    def _starves(self, assignment: Assignment) -> bool:
        """Whether no preparer is free for it, and it should not have to wait."""
        free = any(self._idle[each] and self._suits(assignment, each) for each in Serves)
        return not assignment.behind and not free

    def _unprepared(self, serves: Serves) -> Assignment | None:
        found = [each for each in self._unassigned() if self._suits(each, serves)]
        return min(found, key=lambda each: (each.behind, not each.urgent), default=None)

    def _suits(self, assignment: Assignment, serves: Serves) -> bool:
        """The kept ones spring in only where no other is free."""
        if serves is Serves.ALL:
            return True
        waited = time.monotonic() - assignment.added > _HESITATION
        if self._idle[Serves.ALL] or assignment.behind or not waited:
            return False
        if serves is Serves.URGENT:
            return assignment.urgent
        return not assignment.long and not (assignment.urgent and self._idle[Serves.URGENT])

    def put(self, assignment: Assignment, window: Window) -> bool:
        """Wait for room. Returns whether the recording is still wanted."""
        with self._changed:
            while self.wants(assignment) and len(assignment.waiting) >= self._room:
                self._changed.wait()
            if wanted := self.wants(assignment):
                assignment.lay(window)
                self._changed.notify_all()
            return wanted

    def listened(self, assignment: Assignment, position: float, duration: float | None) -> bool:
        """A sign of life. Returns whether the recording is still wanted."""
        with self._changed:
            assignment.duration = duration
            assignment.reach(max(position, duration or 0.0))
            if assignment.began or assignment in self._order[:1]:  # else it was not begun yet
                assignment.note(position)
            return self.wants(assignment)

    def wants(self, assignment: Assignment) -> bool:
        return assignment in self._order and assignment.failure is None

    def prepared(self, assignment: Assignment, audio: Audio) -> None:
        """There are no more windows of it."""
        with self._changed:
            assignment.audio = audio
            self._report()

    def refuse(self, assignment: Assignment, failure: Failure) -> None:
        """Give it up, as soon as none of its windows is in the device."""
        with self._changed:  # it may be entered again by the thread that holds it
            if self.wants(assignment):
                assignment.failure = failure
                assignment.waiting.clear()
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

    def done(self, batch: Sequence[Piece], passages: Sequence[Passage]) -> None:
        with self._changed:
            for piece, passage in zip(batch, passages, strict=True):
                piece.assignment.finish(passage)
            self._report()

    def drop(self, piece: Piece, failure: Failure) -> None:
        """This window cannot be heard, so neither can its recording."""
        with self._changed:
            piece.assignment.land()
            self.refuse(piece.assignment, failure)

    def _gathered(self, most: int) -> list[Piece]:
        batch: list[Piece] = []
        while len(batch) < most:
            assignment = self._turns.choose(self._ready(batch))
            if assignment is None or not self._may_join(assignment):
                break
            self._turns.note(assignment)
            self._device.add(assignment)
            batch += [Piece(assignment, window) for window in assignment.take()]
        return batch

    def _ready(self, batch: Sequence[Piece]) -> list[Assignment]:
        """Those that could be heard together with a batch."""
        shape = batch[0].assignment.shape if batch else None
        return [
            each for each in self._order if each.ready and (not batch or each.shape == shape)
        ]

    def _may_join(self, assignment: Assignment) -> bool:
        """Whether it may share the device with what is there."""
        self._device = {each for each in self._device if each.flying}
        others = self._device - {assignment}
        return not others or not (assignment.alone or any(each.alone for each in others))

    def _report(self) -> None:
        for assignment in self._order:
            assignment.tell()
        for assignment in [each for each in self._order if each.ended]:
            self._order.remove(assignment)
            assignment.answer()
        self._changed.notify_all()
