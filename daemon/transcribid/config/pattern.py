"""Path patterns in which ** crosses folders."""

from fnmatch import fnmatchcase
from unicodedata import normalize

_Parts = tuple[str, ...]


def matches(name: str, pattern: str) -> bool:
    """`*.mp3`: only the top folder; `**/*.mp3`: every folder; `talks/**`: all below talks."""
    patterns = _parts(pattern)
    return _match(_parts(name), (*patterns, "*") if patterns[-1] == "**" else patterns)


def usable_pattern(pattern: str) -> str:
    """Returns the pattern if it can match anything. Raises ValueError."""
    if not all(part not in ("", ".", "..") for part in pattern.split("/")):
        raise ValueError("expected a path below the inbox, such as interviews/** or *.mp3")
    return pattern


def _parts(path: str) -> _Parts:
    return tuple(normalize("NFC", path).split("/"))  # macOS decomposes the names it shares


def _match(parts: _Parts, patterns: _Parts) -> bool:
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_match(parts[skipped:], patterns[1:]) for skipped in range(len(parts) + 1))
    fits = bool(parts) and fnmatchcase(parts[0], patterns[0])
    return fits and _match(parts[1:], patterns[1:])
