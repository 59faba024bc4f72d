"""The configuration in force as YAML, each value with the place that set it."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import yaml

from transcribid.config.keys import leaves
from transcribid.config.model import Config
from transcribid.config.problem import Key, dotted
from transcribid.config.secret import without_values
from transcribid.config.yaml12 import scalar

_WIDEST = 60
_PLAIN = re.compile(r"[\w/][\w./-]*")

_Line = tuple[str, Key | None]


def listing(config: Config) -> str:
    lines = _lines(shown(config), ())
    return aligned([(text, str(config.origin(*key)) if key else "") for text, key in lines])


def shown(config: Config) -> dict[str, Any]:
    """Its values as JSON, without secrets."""
    return without_values(config.model_dump(mode="json"))


def aligned(lines: Sequence[tuple[str, str]]) -> str:
    """Texts with their comments in one column."""
    width = min(_WIDEST, max(len(text) for text, comment in lines if comment))
    return "\n".join(
        f"{text:<{width}}  # {comment}" if comment else text for text, comment in lines
    )


def origins(config: Config) -> dict[str, str]:
    return {dotted(key): str(config.origin(*key)) for key, _ in leaves(Config)}


def written(value: object) -> str:
    """A value as one would write it into the file."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(written(item) for item in cast(list[object], value))}]"
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
            yield f"{indent}{name}: {written(value)}", key


def _rules(rules: list[Mapping[str, Any]]) -> Iterator[_Line]:
    for index, rule in enumerate(rules):
        lines = _lines(rule, ("rules", index), "    ")
        for number, (text, key) in enumerate(lines):
            yield text if number else f"  - {text.lstrip()}", key
