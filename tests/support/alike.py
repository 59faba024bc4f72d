"""Whether the same was heard twice: words and times to the letter, probabilities nearly."""

from collections.abc import Iterator
from typing import Any, cast

from pydantic_core import to_jsonable_python

_NEAR = 1e-3  # batches of other shapes, and other processors, differ in the last bits
_PROBABILITIES = (
    "probability",
    "language_probability",
    "sounds_like_probability",
    "average_log_probability",
    "no_speech_probability",
    "avg_logprob",
    "no_speech_prob",
)
_TAKEN = ("seconds",)  # place of how long it took, in a transcript

_Place = tuple[str | int, ...]


def differences(found: object, expected: object) -> list[tuple[_Place, object, object]]:
    """Between transcripts, passages, what is written of them as JSON, or lists of these."""
    one, other = dict(_facts(found)), dict(_facts(expected))
    places = [*one, *(place for place in other if place not in one)]
    facts = ((place, one.get(place), other.get(place)) for place in places)
    return [each for each in facts if not _equal(*each)]


def _equal(place: _Place, one: Any, other: Any) -> bool:
    if place[-1] in _PROBABILITIES and None not in (one, other):
        return abs(one - other) <= _NEAR
    return one == other


def _facts(heard: object) -> Iterator[tuple[_Place, Any]]:
    """Everything that is in it, and where, but for how long it took."""
    found = _walked(to_jsonable_python(heard), ())
    return ((place, fact) for place, fact in found if place != _TAKEN)


def _walked(heard: Any, place: _Place) -> Iterator[tuple[_Place, Any]]:
    if isinstance(heard, dict):
        parts = cast(dict[str, Any], heard).items()
    elif isinstance(heard, list):
        parts = enumerate(cast(list[Any], heard))
    else:
        yield place, heard
        return
    for name, part in parts:
        yield from _walked(part, (*place, name))
