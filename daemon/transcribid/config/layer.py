"""The keys that one source sets, and how sources are merged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from transcribid.config.problem import DEFAULT, Key, Origin, Problem

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layer:
    data: Data = field(default_factory=dict[str, Any])
    origins: Mapping[Key, Origin] = field(default_factory=dict[Key, Origin])
    problems: tuple[Problem, ...] = ()

    def problem(self, key: Key, message: str) -> Problem:
        """A problem located where the key, or else its nearest parent, is set."""
        around = (key[:end] for end in range(len(key), -1, -1))
        origin = next((self.origins[part] for part in around if part in self.origins), DEFAULT)
        return origin.problem(key, message)


def single(key: tuple[str, ...], value: object, origin: Origin) -> Layer:
    data: Data = {key[-1]: value}
    for section in reversed(key[:-1]):
        data = {section: data}
    return Layer(data, {key: origin})


def stacked(layers: Iterable[Layer]) -> Layer:
    """All layers as one; later ones win."""
    return reduce(_over, layers, Layer())


def _over(lower: Layer, upper: Layer) -> Layer:
    return Layer(
        merged(lower.data, upper.data),
        {**lower.origins, **upper.origins},
        lower.problems + upper.problems,
    )


def merged(lower: Data, upper: Data) -> Data:
    both = {
        key: merged(lower[key], upper[key])
        for key in lower.keys() & upper.keys()
        if isinstance(lower[key], Mapping) and isinstance(upper[key], Mapping)
    }
    return {**lower, **upper, **both}
