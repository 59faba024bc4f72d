"""The effective configuration as YAML, each value with its origin."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import yaml

from transcribid.config.keys import leaves
from transcribid.config.model import Config
from transcribid.config.problem import Key, dotted
from transcribid.config.secret import redact
from transcribid.config.yaml12 import scalar

_MAX_WIDTH = 60
_PLAIN = re.compile(r"[\w/][\w./-]*")

_Line = tuple[str, Key | None]


def listing(config: Config) -> str:
    lines = _lines(redacted(config), ())
    return aligned([(text, str(config.origin(*key)) if key else "") for text, key in lines])


def redacted(config: Config) -> dict[str, Any]:
    """The values as JSON types, without secrets."""
    return redact(config.model_dump(mode="json"))


def aligned(lines: Sequence[tuple[str, str]]) -> str:
    """Lines with their comments aligned in one column."""
    width = min(_MAX_WIDTH, max(len(text) for text, comment in lines if comment))
    return "\n".join(
        f"{text:<{width}}  # {comment}" if comment else text for text, comment in lines
    )


def origins(config: Config) -> dict[str, str]:
    return {dotted(key): str(config.origin(*key)) for key, _ in leaves(Config)}


def as_yaml(value: object) -> str:
    """A value as it would be as_yaml in the file."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_yaml(item) for item in cast(list[object], value))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and scalar(value) == value:
        return value
    style = '"' if isinstance(value, str) else None
    text = yaml.safe_dump(value, default_style=style, allow_unicode=True, width=math.inf)
    return text.removesuffix("...\n").strip()


def _lines(data: Mapping[str, Any], above: Key, indent: str = "") -> Iterator[_Line]:
    for name, value in data.items():
        key = (*above, name)
        if isinstance(value, dict):
            yield f"{indent}{name}:", None
            yield from _lines(cast(dict[str, Any], value), key, f"{indent}  ")
        elif value and key == ("rules",):
            yield f"{indent}{name}:", None
            yield from _rules(value)
        else:
            yield f"{indent}{name}: {as_yaml(value)}", key


def _rules(rules: list[Mapping[str, Any]]) -> Iterator[_Line]:
    for index, rule in enumerate(rules):
        lines = _lines(rule, ("rules", index), "    ")
        for number, (text, key) in enumerate(lines):
            yield text if number else f"  - {text.lstrip()}", key
