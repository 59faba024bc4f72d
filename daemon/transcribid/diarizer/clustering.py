"""Clusters the speakers of all blocks into speakers of the recording, by their embeddings.

Blocks are diarized one by one, so that memory does not grow with the recording; SPEAKER_00 in
one block may be SPEAKER_01 in the next. Each speaker of a block is one vector, the mean
embedding of their speech, and the most similar ones of different blocks are merged into one
person: average linkage, where two of the same block are merged only if there would otherwise
be more people than allowed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcribid.domain.options import Diarization
from transcribid.domain.transcript import Turn

Voice = NDArray[np.floating]  # a speaker embedding, of shape (dimensions,)

ALIKE = 0.5
"""Cosine similarity from which two means are of one person. Our choice: those of different
people lie around 0, those of the same person above 0.7, by WeSpeaker's ResNet34 as by ours in
tests."""

SAME = 0.8
"""Cosine similarity from which they are, even if that leaves fewer people than requested. Our
choice: it is far above what two people reach, and one person split in two confuses readers."""

_JOINED = 0.1  # seconds; turns of one speaker that are closer are joined


@dataclass(frozen=True, slots=True, eq=False)
class BlockTurns:
    """Who spoke when in one block."""

    turns: tuple[Turn, ...]  # in recording time
    voices: Mapping[str, Voice]


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    """A cluster of speakers of blocks."""

    members: frozenset[tuple[int, str]]  # number of the block, speaker in it
    total: Voice  # the sum of their unit vectors, weighted by seconds of speech

    @property
    def blocks(self) -> set[int]:
        return {block for block, _ in self.members}

    def with_(self, other: "_Person") -> "_Person":
        return _Person(self.members | other.members, self.total + other.total)


def joined(blocks: Sequence[BlockTurns], wanted: Diarization) -> BlockTurns:
    """The whole recording; speakers are numbered in the order in which they first speak."""
    people = _merged(
        [each for numbered in enumerate(blocks) for each in _people(*numbered)], wanted
    )
    of = {member: person for person in people for member in person.members}
    turns = [
        (turn, of[number, turn.speaker])
        for number, block in enumerate(blocks)
        for turn in block.turns
    ]
    order = dict.fromkeys(id(person) for _, person in turns)
    names = {person: f"SPEAKER_{number:02}" for number, person in enumerate(order)}
    return BlockTurns(
        _connected([replace(turn, speaker=names[id(person)]) for turn, person in turns]),
        {names[id(person)]: person.total for person in people if id(person) in names},
    )


def similarity(left: Voice, right: Voice) -> float:
    """Cosine similarity; 0 where one is zero."""
    lengths = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / lengths if lengths else 0.0


def _people(number: int, block: BlockTurns) -> list[_Person]:
    spoken: dict[str, float] = {}
    for turn in block.turns:
        spoken[turn.speaker] = spoken.get(turn.speaker, 0.0) + turn.end - turn.start
    silent = np.zeros_like(next(iter(block.voices.values()), np.zeros(1)))
    return [
        _Person(frozenset({(number, name)}), _unit(block.voices.get(name, silent)) * seconds)
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
    while pair := table.most_similar(too_many=table.count > most):
        similar, left, right = pair
        enough = ALIKE if table.count > least else SAME
        if similar < enough and table.count <= most:
            break
        table.merge(left, right)
    return table.people


class _Table:
    """The similarity of each two people: a row and a column for each, also for those merged."""

    def __init__(self, people: Sequence[_Person]) -> None:
        self._rows: list[_Person | None] = list(people)
        self._units = (
            np.stack([_unit(each.total) for each in people]) if people else np.empty(0)
        )
        self._similarities = np.tril(self._units @ self._units.T, -1)
        self._similarities[np.triu_indices(len(people))] = -np.inf
        blocks = [each.blocks for each in people]
        self._shared = np.array([[bool(one & other) for one in blocks] for other in blocks])

    @property
    def people(self) -> list[_Person]:
        return [each for each in self._rows if each]

    @property
    def count(self) -> int:
        return len(self.people)

    def most_similar(self, *, too_many: bool) -> tuple[float, int, int] | None:
        """The pair to merge next: of different blocks, or any pair if there are too many."""
        apart = np.where(self._shared, -np.inf, self._similarities)
        if not np.isfinite(apart).any():
            if not too_many or self.count < 2:
                return None
            apart = self._similarities
        left, right = divmod(int(apart.argmax()), len(self._rows))
        return float(apart[left, right]), left, right

    def merge(self, left: int, right: int) -> None:
        """Merge `right` into `left`."""
        one, other = self._rows[left], self._rows[right]
        if one is None or other is None:
            raise ValueError("a person who was merged away has no row")
        both = self._rows[left] = one.with_(other)
        self._rows[right] = None
        self._units[left] = _unit(both.total)
        alike = self._units @ self._units[left]
        self._similarities[left, :left], self._similarities[left:, left] = (
            alike[:left],
            alike[left:],
        )
        gone = [number for number, row in enumerate(self._rows) if row is None]
        self._similarities[gone, :] = self._similarities[:, gone] = self._similarities[
            left, left
        ] = -np.inf
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
