"""Durations such as 1h30m and sizes such as 16GiB."""

import re
from typing import Annotated

from pydantic import BeforeValidator, ByteSize, Field, PlainSerializer, Strict, WithJsonSchema

from transcribid.config.languages import AUTO

_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(
    rf"(?:{_NUMBER}h)?(?:{_NUMBER}m)?(?:{_NUMBER}s)?(?:{_NUMBER}ms)?", re.ASCII
)
_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_BYTES = {"TiB": 2**40, "GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "B": 1}
_YEAR = 365 * 24 * 3600.0
_FOREVER = -1
_MAX_LENGTH = 20  # characters; pydantic fails on 400 digits

DURATION = "a duration such as 500ms, 5s, 2m or 1h30m"
SIZE = "a size such as 500MB or 16GiB"


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if not found:
        raise ValueError(f"expected {DURATION}")
    parts = zip(found.groups(default="0"), _MILLISECONDS.values(), strict=True)
    return sum(float(number) * unit for number, unit in parts) / 1000


def _seconds_or_forever(value: object) -> float:
    return float(_FOREVER) if str(value) == str(_FOREVER) else _seconds(value)


def _seconds_or_automatic(value: object) -> float | None:
    try:
        return None if value in (AUTO, None) else _seconds(value)
    except ValueError:
        raise ValueError(f"expected {AUTO} or {DURATION}") from None


def _duration_or_automatic(seconds: float | None) -> str:
    return AUTO if seconds is None else _duration(seconds)


def _duration(seconds: float) -> str:
    rest, text = round(seconds * 1000), ""
    for unit, milliseconds in _MILLISECONDS.items():
        count, rest = divmod(rest, milliseconds)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _automatic(value: object) -> object:
    if value is None or (isinstance(value, str) and value != AUTO):
        raise ValueError("expected auto or a whole number")
    return None if value == AUTO else value


def _count(value: int | None) -> int | str:
    return AUTO if value is None else value


def _size_input(value: object) -> object:
    if isinstance(value, bool) or len(str(value)) > _MAX_LENGTH:
        raise ValueError(f"expected {SIZE}")
    return value


def _size(size: int) -> str:
    unit = next(unit for unit, count in _BYTES.items() if size % count == 0)
    return f"{size // _BYTES[unit]}{unit}"


def _described(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": ["string", "number"], "pattern": pattern, "examples": list(examples)}
    )


Duration = Annotated[
    float,  # seconds
    BeforeValidator(_seconds),
    Field(ge=0, le=_YEAR),
    PlainSerializer(_duration, when_used="json"),
    _described(rf"^{_DURATION.pattern}$", "500ms", "5s", "1h30m"),
]
KeepAlive = Annotated[
    float,  # seconds; negative: forever
    BeforeValidator(_seconds_or_forever),
    Field(ge=_FOREVER, le=_YEAR),
    PlainSerializer(
        lambda seconds: _FOREVER if seconds < 0 else _duration(seconds), when_used="json"
    ),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "pattern": rf"^{_DURATION.pattern}$",
            "minimum": _FOREVER,
            "examples": [_FOREVER, 0, "5m"],
        }
    ),
]
Deadline = Annotated[
    Annotated[float, Field(gt=0, le=_YEAR)] | None,  # seconds; None: auto
    BeforeValidator(_seconds_or_automatic),
    PlainSerializer(_duration_or_automatic, when_used="json"),
    _described(rf"^({AUTO}|{_DURATION.pattern})$", AUTO, "2h"),
]
Size = Annotated[
    ByteSize,
    BeforeValidator(_size_input),
    Field(ge=0),
    PlainSerializer(_size, when_used="json"),
    _described(r"^\d*\.?\d+ *[A-Za-z]*$", "500MB", "16GiB"),
]
Whole = Annotated[int, Strict()]
Count = Annotated[
    Whole | None,  # None: auto
    BeforeValidator(_automatic),
    PlainSerializer(_count, when_used="json"),
    WithJsonSchema({"type": ["integer", "string"], "pattern": f"^{AUTO}$"}),
]
