"""Which keys hold secrets, and how their values are shown."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from transcribid.config.problem import Key

HIDDEN = "(hidden)"
_SECRETS: tuple[Key, ...] = (("web", "token"), ("hooks", "secret"), ("hooks", "urls"))


def is_secret(key: Key) -> bool:
    """Also of what lies below it."""
    return any(key[: len(secret)] == secret for secret in _SECRETS)


def without_values(data: Mapping[str, Any], above: Key = ()) -> dict[str, Any]:
    """A dumped configuration; of addresses the scheme is left, for the rest lets others in."""
    return {name: _shown(value, (*above, name)) for name, value in data.items()}


def _shown(value: object, key: Key) -> object:
    if isinstance(value, dict):
        return without_values(cast(dict[str, Any], value), key)
    if not value or not is_secret(key):
        return value
    if isinstance(value, list | tuple):
        return [
            f"{urlsplit(str(each)).scheme}://{HIDDEN}" for each in cast(list[object], value)
        ]
    return HIDDEN
