"""Which names in the inbox are not recordings, and why."""

import fnmatch
import re
from collections.abc import Callable, Collection

from transcribid.domain.leftovers import leftover
from transcribid.domain.suffixes import NO_MEDIA, suffix_of

OPTIONS_FILE = ".transcribid.yaml"
OURS = "it belongs to the daemon"
_OPTIONS = "it holds options for recordings"
_RAR = re.compile(r".*\.[rz]\d\d", re.DOTALL | re.IGNORECASE)
_BY_NAME = frozenset(
    ("readme", "license", "copying", "changelog", "md5sums", "sha1sums", "sha256sums")
)


class Ignore:
    """Decides by name whether a file or folder of the inbox is ignored, and why."""

    def __init__(self, extra: Collection[str] = (), only: Collection[str] = ()) -> None:
        """Glob patterns of the configuration.

        `extra` are always ignored. `only`, if given, are the only files taken, instead of all
        whose names might be those of media.
        """
        self._extra = _any_of(extra)
        self._only = _any_of(only) if only else None

    def path(self, name: str) -> str | None:
        """The reason to ignore a path below the inbox, or None."""
        *folders, file = name.split("/")
        return next(filter(None, map(self.folder, folders)), None) or self.file(file)

    def folder(self, name: str) -> str | None:
        """The reason to ignore a folder, by the last part of its path, or None."""
        if _is_ours(name):
            return OURS
        if reason := leftover(name):
            return reason
        return "the configuration ignores it (watch.ignore)" if self._extra(name) else None

    def file(self, name: str) -> str | None:
        """The reason to ignore a file, by the last part of its path, or None."""
        if suffix_of(name) in ("yaml", "yml"):
            return _OPTIONS
        if reason := self.folder(name):
            return reason
        if self._only:
            return None if self._only(name) else "the configuration excludes it (watch.only)"
        return _no_media(name)


def _is_ours(name: str) -> bool:
    return name.startswith(".transcribid")


def _no_media(name: str) -> str | None:
    if reason := NO_MEDIA.get(suffix_of(name)):
        return reason
    if _RAR.fullmatch(name):
        return NO_MEDIA["rar"]
    return NO_MEDIA["txt"] if name.casefold() in _BY_NAME else None


def _any_of(patterns: Collection[str]) -> Callable[[str], object]:
    """One case-insensitive regular expression: listings are long, so match each name once."""
    globs = "|".join(f"(?i:{fnmatch.translate(pattern)})" for pattern in patterns)
    return re.compile(globs or r"(?!)").match
