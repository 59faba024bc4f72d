"""YAML 1.2 text to plain data, with the line of each key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from transcribid.config.composing import BadLayer, compose
from transcribid.config.problem import Key, Problem, dotted

_VALUES = {"null": None, "true": True, "false": False}
_WORDS = {"": None, "~": None} | {
    spelling: value
    for word, value in _VALUES.items()
    for spelling in (word, word.capitalize(), word.upper())
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9]\d{0,17})", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")  # not allowed in paths or UTF-8


@dataclass(frozen=True, slots=True)
class YamlDocument:
    data: Mapping[str, object] = field(default_factory=dict[str, object])
    lines: Mapping[Key, int] = field(default_factory=dict[Key, int])
    problems: tuple[Problem, ...] = ()


def parse(content: bytes, place: str) -> YamlDocument:
    """The text's data and all its problems; never raises."""
    try:
        root = compose(content)
    except BadLayer as refused:
        return YamlDocument(problems=(Problem(place, refused.line, "", str(refused)),))
    return _Reader(place).document(root)


def scalar(text: str) -> object:
    """A plain scalar in YAML 1.2: `no`, `010`, `1:30:00` and dates are text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


class _Reader:
    """One pass over the nodes that collects lines and problems."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._lines: dict[Key, int] = {}
        self._problems: list[Problem] = []

    def document(self, root: yaml.Node | None) -> YamlDocument:
        data: dict[str, object] = {}
        if isinstance(root, yaml.MappingNode):
            data = self._mapping(root, ())
        elif root is not None and self._value(root, ()) is not None:
            self._add_problem(root, (), "expected lines such as `key: value`")
        return YamlDocument(data, self._lines, tuple(self._problems))

    def _value(self, node: yaml.Node, key: Key) -> object:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, key)
        if _NOT_TEXT.search(node.value):
            self._add_problem(node, key, "contains a character that is not allowed in text")
            return None
        plain = isinstance(node, yaml.ScalarNode) and node.style is None
        return scalar(node.value) if plain else node.value

    def _mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, object]:
        data: dict[str, object] = {}
        for name_node, value_node in node.value:
            name = self._value(name_node, key)
            if not isinstance(name, str):
                self._add_problem(name_node, key, "expected a key before the colon")
            elif name in data:
                first = self._lines[*key, name]
                self._add_problem(name_node, (*key, name), f"set twice, first on line {first}")
            else:
                self._lines[*key, name] = _line(name_node)
                data[name] = self._value(value_node, (*key, name))
        return data

    def _sequence(self, node: yaml.SequenceNode, key: Key) -> list[object]:
        items: list[yaml.Node] = node.value
        self._lines |= {(*key, index): _line(item) for index, item in enumerate(items)}
        return [self._value(item, (*key, index)) for index, item in enumerate(items)]

    def _add_problem(self, node: yaml.Node, key: Key, message: str) -> None:
        self._problems.append(Problem(self._place, _line(node), dotted(key), message))


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
