"""What lies between the frames of a stream and is no damage, although it cannot be decoded."""

import re

# An ID3 tag: version 2 to 4, flags, a size of four bytes with seven bits each.
_ID3 = re.compile(rb"ID3[\x02-\x04][^\xff].[\x00-\x7f]{4}", re.DOTALL)
_AT_THE_END = (b"APETAGEX", b"TAG", b"LYRICSBEGIN")  # tags behind an mp3
_PADDED = 32  # zeros that are more than a part of a frame


def is_harmless(content: bytes, *, first: bool) -> bool:
    """Whether a packet that cannot be decoded costs no sound.

    That is a tag in the middle (players of live streams get times by it, and joined files have
    the tag of the second) or at the end, or padding before the `first` frame.
    """
    tagged = content.startswith(_AT_THE_END) or _ID3.search(content)
    return bool(tagged) or (first and not any(content[:_PADDED]))
