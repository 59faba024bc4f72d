"""Speakers of single blocks to speakers of the recording, by how alike they sound.

Blocks are told apart one by one, so that memory does not grow with the recording; what was
called SPEAKER_00 in one may be SPEAKER_01 in the next. Each speaker of a block is one vector,
the mean of what the embedding model says of their speech, and the most alike of different
blocks are taken for one person: average linkage, where two of one block are only one if there
would be more people than there can be.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

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
class Told:
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


def joined(blocks: Sequence[Told], wanted: Diarization) -> Told:
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
    return Told(
        _connected([replace(turn, speaker=names[id(person)]) for turn, person in turns]),
        {names[id(person)]: person.total for person in people if id(person) in names},
    )


def likeness(left: Voice, right: Voice) -> float:
    """Cosine of the angle between them; 0 where one is silent."""
    lengths = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / lengths if lengths else 0.0


def _people(number: int, told: Told) -> list[_Person]:
    spoken: dict[str, float] = {}
    for turn in told.turns:
        spoken[turn.speaker] = spoken.get(turn.speaker, 0.0) + turn.end - turn.start
    silent = np.zeros(1)
    return [
        _Person(frozenset({(number, name)}), _unit(told.voices.get(name, silent)) * seconds)
        for name, seconds in spoken.items()
    ]


def _unit(voice: Voice) -> Voice:
    length = float(np.linalg.norm(voice))
    return voice / length if length and np.isfinite(length) else np.zeros_like(voice)


def _merged(people: list[_Person], wanted: Diarization) -> list[_Person]:
    least = wanted.num_speakers or wanted.min_speakers or 1
    most = wanted.num_speakers or wanted.max_speakers or len(people)
    while pair := _next(people, most):
        alike, left, right = pair
        enough = ALIKE if len(people) > least else SAME
        if alike < enough and len(people) <= most:
            break
        rest = [each for each in people if each is not left and each is not right]
        people = [*rest, left.with_(right)]
    return people


def _next(people: Sequence[_Person], most: int) -> tuple[float, _Person, _Person] | None:
    """Who may be one: two of different blocks, or any two where there are too many."""
    pairs = list(combinations(people, 2))
    apart = [(left, right) for left, right in pairs if not left.blocks & right.blocks]
    return _most_alike(apart or (pairs if len(people) > most else ()))


def _most_alike(
    pairs: Iterable[tuple[_Person, _Person]],
) -> tuple[float, _Person, _Person] | None:
    found = ((likeness(left.total, right.total), left, right) for left, right in pairs)
    return max(found, key=lambda pair: pair[0], default=None)


def _connected(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    connected: list[Turn] = []
    for turn in sorted(turns, key=lambda each: each.start):
        last = connected[-1] if connected else None
        if last and last.speaker == turn.speaker and turn.start - last.end < _JOINED:
            connected[-1] = replace(last, end=turn.end)
        else:
            connected.append(turn)
    return tuple(connected)
