"""Where to resume a recording so that what follows is the same as without an interruption."""

import base64
import json
from collections import deque
from dataclasses import dataclass
from typing import Self

_MOST = 512  # marks kept; beyond that every other one is dropped


@dataclass(frozen=True, slots=True)
class Mark:
    """The state of detector and hysteresis just before a block of frames."""

    frame: int  # the first of the block
    detector: bytes
    speaking: bool
    pending: int


@dataclass(frozen=True, slots=True)
class Bookmark:
    next: int  # the first frame that is in no window yet
    mark: Mark  # from where to run the detector, to classify that frame

    def written(self) -> str:
        mark = self.mark
        state = base64.b64encode(mark.detector).decode()
        return json.dumps([self.next, mark.frame, mark.speaking, mark.pending, state])

    @classmethod
    def read(cls, text: str) -> Self:
        next_, frame, speaking, pending, state = json.loads(text)
        return cls(next_, Mark(frame, base64.b64decode(state), speaking, pending))


class Marks:
    """Recent marks, as far back as windows may still need them."""

    def __init__(self) -> None:
        self._marks: deque[Mark] = deque()

    def add(self, mark: Mark) -> None:
        self._marks.append(mark)
        if len(self._marks) > _MOST:
            self._marks = deque(list(self._marks)[::2])  # a long silence

    def before(self, frame: int) -> Mark:
        """The last mark that is not after this frame; older ones are dropped."""
        while len(self._marks) > 1 and self._marks[1].frame <= frame:
            self._marks.popleft()
        return self._marks[0]
