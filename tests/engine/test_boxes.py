"""An MP4 is walked through from box to box, wherever that leads."""

import io
import struct

from transcribid.preparer.boxes import boxes


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def walked(content: bytes) -> list[tuple[bytes, range]]:
    return list(boxes(io.BytesIO(content), len(content)))


def test_each_box_has_its_place() -> None:
    content = box(b"ftyp", bytes(8)) + box(b"free", b"") + box(b"mdat", bytes(100))

    assert walked(content) == [
        (b"ftyp", range(16)),
        (b"free", range(16, 24)),
        (b"mdat", range(24, 132)),
    ]


def test_a_long_one_has_its_length_behind_its_name() -> None:
    content = struct.pack(">I4sQ", 1, b"mdat", 40) + bytes(24) + box(b"moov", b"")

    assert walked(content) == [(b"mdat", range(40)), (b"moov", range(40, 48))]


def test_one_without_a_length_goes_on_to_the_end() -> None:
    assert walked(struct.pack(">I4s", 0, b"mdat") + bytes(50)) == [(b"mdat", range(58))]


def test_what_is_no_box_has_no_name() -> None:
    content = box(b"ftyp", bytes(8))

    assert walked(content + bytes(100)) == [(b"ftyp", range(16)), (b"", range(16, 116))]
    assert walked(content + b"\0\0\0\3more") == [(b"ftyp", range(16)), (b"", range(16, 24))]
