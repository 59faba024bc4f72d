"""Keys that hold secrets, and how their values are redacted."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from transcribid.config.problem import Key

HIDDEN = "(hidden)"
_SECRETS: tuple[Key, ...] = (("web", "token"), ("hooks", "secret"), ("hooks", "urls"))


def is_secret(key: Key) -> bool:
    """Whether the key or a parent of it is secret."""
    return any(key[: len(secret)] == secret for secret in _SECRETS)


def redact(data: Mapping[str, Any], above: Key = ()) -> dict[str, Any]:
    """A dumped configuration without secrets; addresses keep only their scheme."""
    return {name: _redacted(value, (*above, name)) for name, value in data.items()}


def _redacted(value: object, key: Key) -> object:
    if isinstance(value, dict):
        return redact(cast(dict[str, Any], value), key)
    if not value or not is_secret(key):
        return value
    if isinstance(value, list | tuple):
        return [
            f"{urlsplit(str(each)).scheme}://{HIDDEN}" for each in cast(list[object], value)
        ]
    return HIDDEN
