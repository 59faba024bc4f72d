"""Which names in the inbox are not recordings, and why."""

import fnmatch
import re
from collections.abc import Callable, Iterable

OPTIONS_FILE = ".transcribid.yaml"
OURS = "it belongs to the daemon"

_TEMPORARY = (
    *("*.part", "*.partial", "*.filepart", "*.crdownload", "*.download", "*.opdownload"),
    *("*.tmp", "*.temp", "*.!ut", "*.!qb", "*.uploading", "*.swp", "~$*", ".~*"),
)
_BOOKKEEPING = ("Thumbs.db", "desktop.ini", "@eaDir", "#recycle", "__MACOSX", "lost+found")

_REASONS = (
    ((OPTIONS_FILE, "*.yaml", "*.yml"), "it holds options for recordings"),
    ((".transcribid*",), OURS),
    (_TEMPORARY, "its name is that of an unfinished transfer"),
    (_BOOKKEEPING, "it is a file manager's or storage system's own"),
    ((".*",), "it is hidden"),
)

Ignore = Callable[[str], str | None]
"""The reason why a file or folder of this name (last part only) is not taken, or None."""


def ignore(extra: Iterable[str] = ()) -> Ignore:
    """Build the rule; `extra` are glob patterns of the configuration."""
    rules = [(_any_of(patterns), reason) for patterns, reason in _REASONS]
    if configured := tuple(extra):
        rules.append((_any_of(configured), "the configuration ignores it (watch.ignore)"))
    anything = re.compile("|".join(pattern.pattern for pattern, _ in rules))

    def reason(name: str) -> str | None:
        if not anything.match(name):
            return None
        return next(reason for pattern, reason in rules if pattern.match(name))

    return reason


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """One case-insensitive expression: listings are long, so each name is matched once."""
    return re.compile("|".join(f"(?i:{fnmatch.translate(pattern)})" for pattern in patterns))
