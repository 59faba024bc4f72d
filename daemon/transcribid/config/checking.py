"""Validation of a layer, with errors in plain words."""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from itertools import takewhile
from reprlib import repr as shortened
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from transcribid.config.keys import Model, leaves, section
from transcribid.config.layer import Layer
from transcribid.config.problem import Key, did_you_mean, dotted
from transcribid.config.quantity import SIZE
from transcribid.config.secret import HIDDEN, is_secret

_EXPECTED = {
    "bool_type": "true or false",
    "byte_size": SIZE,
    "byte_size_unit": SIZE,
    "float_type": "a number",
    "greater_than": "more than {gt:.10g}",
    "greater_than_equal": "at least {ge:.10g}",
    "int_type": "a whole number",
    "less_than": "less than {lt:.10g}",
    "less_than_equal": "at most {le:.10g}",
    "model_type": "a mapping",
    "path_type": "a path",
    "string_too_short": "some text",
    "string_type": "text",
    "tuple_type": "a list",
}
_YAML_WORDS = {None: "nothing", True: "true", False: "false"}


def checked(layer: Layer, model: Model) -> Layer:
    """The layer without the keys that the model rejects, and with a problem for each."""
    try:
        model.model_validate(layer.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
    else:
        return layer
    found = [layer.problem(detail["loc"], _message(detail, model)) for detail in details]
    problems = sorted([*layer.problems, *found], key=lambda problem: problem.line or 0)
    data = _without([detail["loc"] for detail in details], layer.data)
    return Layer(data, layer.origins, tuple(problems))


def _without(keys: Iterable[Key], data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Removes lists entirely: without one of its items, a list would mean something else."""
    data = deepcopy(data)
    whole = {tuple(takewhile(lambda part: isinstance(part, str), key)) for key in keys}
    for key in sorted(whole, key=len, reverse=True):
        holder: Any = data
        for part in key[:-1]:
            holder = holder[part]
        del holder[key[-1]]
    return data


def _message(detail: ErrorDetails, model: Model) -> str:
    secret = is_secret(detail["loc"]) and detail["input"] not in (None, "")
    value, context = HIDDEN if secret else detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return _unknown_key(detail["loc"], model)
        case "literal_error" | "enum":
            return _unknown_word(
                detail["loc"], value, re.findall(r"'(.*?)'", context["expected"])
            )
        case "value_error":
            return _custom_message(str(context["error"]), value)
        case kind if kind in _EXPECTED:
            expected = _EXPECTED[kind].format(**context)
            return f"expected {expected}, found {_found(value)}"
        case _:
            return detail["msg"]


def _custom_message(message: str, value: object) -> str:
    return f"{message}, found {_found(value)}" if message.startswith("expected") else message


def _unknown_key(key: Key, model: Model) -> str:
    name, holder = str(key[-1]), section(model, key[:-1])
    elsewhere = [dotted(leaf) for leaf, _ in leaves(model) if leaf[-1] == name]
    if elsewhere:
        return f"unknown key here, did you mean {elsewhere[0]!r}?"
    hint = did_you_mean(name, holder.model_fields)
    return f"unknown key, {hint or 'expected one of ' + ', '.join(holder.model_fields)}"


def _unknown_word(key: Key, value: object, words: list[str]) -> str:
    name = str(key[-1]) if isinstance(key[-1], str) else str(key[-2]).removesuffix("s")
    hint = did_you_mean(str(value), words)
    expected = f"unknown {name} {_found(value)}, expected one of {', '.join(words)}"
    return f"{expected}; {hint}" if hint else expected


def _found(value: object) -> str:
    if value is None or isinstance(value, bool):
        return _YAML_WORDS[value]
    return f"{value:g}" if isinstance(value, float) else shortened(value)
