"""Detects data in a stream that cannot be decoded but is no damage, such as tags."""

import re

# An ID3 tag: version 2 to 4, flags, a size of four bytes with seven bits each.
_ID3 = re.compile(rb"ID3[\x02-\x04][^\xff].[\x00-\x7f]{4}", re.DOTALL)
_AT_THE_END = (b"APETAGEX", b"TAG", b"LYRICSBEGIN")  # tags after an mp3
_PADDED = 32  # zeros that cannot be part of a frame


def is_harmless(content: bytes, *, first: bool) -> bool:
    """Whether a packet that cannot be decoded loses no audio.

    That is a tag in the middle (live streams carry times in it, and in concatenated files it is
    that of the second) or at the end, or padding before the `first` frame.
    """
    tagged = content.startswith(_AT_THE_END) or _ID3.search(content)
    return bool(tagged) or (first and not any(content[:_PADDED]))
