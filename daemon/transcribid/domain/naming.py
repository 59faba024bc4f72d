"""Names of files on disk, and how they are displayed."""

import re
from hashlib import sha256

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # control characters: newlines, and those that move the cursor
    r"\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # separators and changes of direction
    r"\ud800-\udfff]"  # bytes of a name that is not UTF-8
)


def output_name(pattern: str, *, stem: str, language: str, format_name: str) -> str:
    """The pattern, such as "{stem}.{lang}.{format}", filled in."""
    return pattern.format(stem=stem, lang=language, format=format_name)


def fitted(stem: str, room: int) -> str:
    """The stem in `room` bytes, 9 or more; a hash distinguishes names that are cut alike."""
    whole = stem.encode("utf-8", "surrogateescape")
    if len(whole) <= room:
        return stem
    mark = f"~{sha256(whole).hexdigest()[:8]}"
    kept = whole[: room - len(mark)].decode("utf-8", "surrogateescape")
    while not stem.startswith(kept):  # the cut went through a character
        kept = kept[:-1]
    return kept + mark


def printable(name: str) -> str:
    r"""The name on one line of visible characters: a newline becomes \n."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), name)
