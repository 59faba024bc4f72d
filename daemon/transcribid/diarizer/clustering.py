"""Speakers of single blocks to speakers of the recording, by how alike they sound.

Blocks are told apart one by one, so that memory does not grow with the recording; what was
called SPEAKER_00 in one may be SPEAKER_01 in the next. Each speaker of a block is one vector,
the mean of what the embedding model says of their speech, and the most alike of different
blocks are taken for one person: average linkage, where two of one block are only one if there
would be more people than there can be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcribid.domain.options import Diarization
from transcribid.domain.transcript import Turn

Voice = NDArray[np.floating]  # of shape (dimensions,): how somebody sounds

ALIKE = 0.5
"""Cosine from which two means are of one person. Our choice: those of different people lie
around 0, those of the same person above 0.7, by WeSpeaker's ResNet34 as by ours in tests."""

SAME = 0.8
"""Cosine from which they are, even if fewer people are found than somebody counted. Our choice:
it is far above what two people reach, and one person called two confuses every reader."""

_JOINED = 0.1  # seconds; turns of one speaker that are nearer are one


@dataclass(frozen=True, slots=True, eq=False)
class BlockTurns:
    """Who spoke when in one block."""

    turns: tuple[Turn, ...]  # times are in the recording
    voices: Mapping[str, Voice]


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    """Some speakers of blocks that are taken for one."""

    members: frozenset[tuple[int, str]]  # number of the block, speaker in it
    total: Voice  # the sum of their unit vectors, each as often as it spoke seconds

    @property
    def blocks(self) -> set[int]:
        return {block for block, _ in self.members}

    def with_(self, other: "_Person") -> "_Person":
        return _Person(self.members | other.members, self.total + other.total)


def joined(blocks: Sequence[BlockTurns], wanted: Diarization) -> BlockTurns:
    """The whole recording; speakers are numbered in the order in which they first speak."""
    people = _merged([each for told in enumerate(blocks) for each in _people(*told)], wanted)
    of = {member: person for person in people for member in person.members}
    turns = [
        (turn, of[number, turn.speaker])
        for number, told in enumerate(blocks)
        for turn in told.turns
    ]
    order = dict.fromkeys(id(person) for _, person in turns)
    names = {person: f"SPEAKER_{number:02}" for number, person in enumerate(order)}
    return BlockTurns(
        _connected([replace(turn, speaker=names[id(person)]) for turn, person in turns]),
        {names[id(person)]: person.total for person in people if id(person) in names},
    )


def likeness(left: Voice, right: Voice) -> float:
    """Cosine of the angle between them; 0 where one is silent."""
    lengths = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / lengths if lengths else 0.0


def _people(number: int, told: BlockTurns) -> list[_Person]:
    spoken: dict[str, float] = {}
    for turn in told.turns:
        spoken[turn.speaker] = spoken.get(turn.speaker, 0.0) + turn.end - turn.start
    silent = np.zeros_like(next(iter(told.voices.values()), np.zeros(1)))
    return [
        _Person(frozenset({(number, name)}), _unit(told.voices.get(name, silent)) * seconds)
        for name, seconds in spoken.items()
    ]


def _unit(voice: Voice) -> Voice:
    length = float(np.linalg.norm(voice))
    return voice / length if length and np.isfinite(length) else np.zeros_like(voice)


def _merged(people: list[_Person], wanted: Diarization) -> list[_Person]:
    if len(people) < 2:
        return people
    least = wanted.num_speakers or wanted.min_speakers or 1
    most = wanted.num_speakers or wanted.max_speakers or len(people)
    table = _Table(people)
    while pair := table.most_alike(too_many=table.count > most):
        alike, left, right = pair
        enough = ALIKE if table.count > least else SAME
        if alike < enough and table.count <= most:
            break
        table.merge(left, right)
    return table.people


class _Table:
    """How alike each two people are: a row and a column for each, also for those merged."""

    def __init__(self, people: Sequence[_Person]) -> None:
        self._rows: list[_Person | None] = list(people)
        self._units = (
            np.stack([_unit(each.total) for each in people]) if people else np.empty(0)
        )
        self._alike = np.tril(self._units @ self._units.T, -1)
        self._alike[np.triu_indices(len(people))] = -np.inf
        blocks = [each.blocks for each in people]
        self._shared = np.array([[bool(one & other) for one in blocks] for other in blocks])

    @property
    def people(self) -> list[_Person]:
        return [each for each in self._rows if each]

    @property
    def count(self) -> int:
        return len(self.people)

    def most_alike(self, *, too_many: bool) -> tuple[float, int, int] | None:
        """Who may be one: two of different blocks, or any two where there are too many."""
        apart = np.where(self._shared, -np.inf, self._alike)
        if not np.isfinite(apart).any():
            if not too_many or self.count < 2:
                return None
            apart = self._alike
        left, right = divmod(int(apart.argmax()), len(self._rows))
        return float(apart[left, right]), left, right

    def merge(self, left: int, right: int) -> None:
        """`right` becomes a part of `left`."""
        one, other = self._rows[left], self._rows[right]
        if one is None or other is None:
            raise ValueError("who was merged away has no row")
        both = self._rows[left] = one.with_(other)
        self._rows[right] = None
        self._units[left] = _unit(both.total)
        alike = self._units @ self._units[left]
        self._alike[left, :left], self._alike[left:, left] = alike[:left], alike[left:]
        gone = [number for number, row in enumerate(self._rows) if row is None]
        self._alike[gone, :] = self._alike[:, gone] = self._alike[left, left] = -np.inf
        self._shared[left] |= self._shared[right]
        self._shared[:, left] = self._shared[left]


def _connected(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    connected: list[Turn] = []
    for turn in sorted(turns, key=lambda each: each.start):
        last = connected[-1] if connected else None
        if last and last.speaker == turn.speaker and turn.start - last.end < _JOINED:
            connected[-1] = replace(last, end=turn.end)
        else:
            connected.append(turn)
    return tuple(connected)
