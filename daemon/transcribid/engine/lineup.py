"""The recordings at work, in the order in which they came: who waits for what."""

import threading
from collections.abc import Sequence

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.passage import Passage
from transcribid.domain.transcript import Audio
from transcribid.engine.assignment import Assignment, Piece, Window

_ASKED = 3  # windows that are listened to before the language is settled
_TAKEN_BACK = Failure(FailureKind.BYSTANDER, "The job was taken back.")


class Lineup:
    """Shared by the preparers, which put windows in, and the lanes, which take them out.

    Windows are taken in the order of the recordings, and verdicts are given in that order.
    """

    def __init__(self, room: int) -> None:
        """`room` is the number of windows that may wait for one recording."""
        self._room = room
        self._changed = threading.Condition()
        self._order: list[Assignment] = []
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
        self.refuse(assignment, _TAKEN_BACK, at_once=True)

    def unprepared(self) -> Assignment | None:
        """The next recording that no preparer has; None when there will be none."""
        with self._changed:
            while not self._closed:
                for assignment in self._order:
                    if not assignment.at_preparer:
                        assignment.at_preparer = True
                        return assignment
                self._changed.wait()
        return None

    def put(self, assignment: Assignment, window: Window) -> bool:
        """Wait for room. Returns whether the recording is still wanted."""
        with self._changed:
            while self.wants(assignment) and len(assignment.waiting) >= self._room:
                self._changed.wait()
            if wanted := self.wants(assignment):
                assignment.waiting.append(window)
                self._changed.notify_all()
            return wanted

    def listened(self, assignment: Assignment, position: float, duration: float | None) -> bool:
        """A sign of life. Returns whether the recording is still wanted."""
        with self._changed:
            assignment.duration = duration
            if assignment is self._first:  # of others, nothing was heard yet
                assignment.note(position)
            return self.wants(assignment)

    @property
    def _first(self) -> Assignment | None:
        return self._order[0] if self._order else None

    def wants(self, assignment: Assignment) -> bool:
        return assignment in self._order and assignment.failure is None

    def prepared(self, assignment: Assignment, audio: Audio) -> None:
        """There are no more windows of it."""
        with self._changed:
            assignment.audio = audio
            self._report()

    def refuse(
        self, assignment: Assignment, failure: Failure, *, at_once: bool = False
    ) -> None:
        """Give it up; those before it are answered first, unless `at_once`."""
        with self._changed:  # it may be entered again by the thread that holds it
            if self.wants(assignment):
                assignment.failure = failure
                assignment.waiting.clear()
                if at_once:
                    self._order.remove(assignment)
                    assignment.answer()
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
            piece.assignment.flying -= 1
            self.refuse(piece.assignment, failure)

    def _gathered(self, most: int) -> list[Piece]:
        batch: list[Piece] = []
        for assignment in self._order:
            if len(batch) >= most or not self._may_join(assignment, batch):
                break
            windows = assignment.take(most - len(batch), _ASKED)
            batch += [Piece(assignment, window) for window in windows]
        return batch

    def _may_join(self, assignment: Assignment, batch: Sequence[Piece]) -> bool:
        """Whether it may share the device with what is there, and fits into the batch."""
        others = [each for each in self._order if each.flying and each is not assignment]
        if others and (assignment.alone or any(each.alone for each in others)):
            return False
        return not batch or batch[0].assignment.shape == assignment.shape

    def _report(self) -> None:
        for assignment in self._order:
            assignment.tell()
        while self._order and self._order[0].ended:
            self._order.pop(0).answer()
        self._changed.notify_all()
