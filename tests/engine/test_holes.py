"""A file that has its size and not its content is not taken for a whole one."""

import struct
from collections import deque
from pathlib import Path

import pytest

from support.media import CODECS, encoded
from transcribid.domain.job import FailureKind
from transcribid.preparer.decode import Recording
from transcribid.protocol.errors import Refused

KINDS = {
    **{ending: CODECS[ending] for ending in ("mp3", "m4a", "flac", "opus", "mkv", "webm")},
    "ac3": "ac3",
    "wma": "wmav2",
    "ts": "mp2",
    "tta": "tta",
    "wv": "wavpack",
}
TIMES = 16  # of four seconds: half a megabyte


def missing(path: Path) -> str:
    try:
        with path.open("rb") as file:
            recording = Recording(file, 3600.0)
            deque(recording.blocks(), 0)
            return recording.facts.missing
    except Refused as refused:
        assert refused.failure.kind is FailureKind.INCOMPLETE
        return refused.failure.message


@pytest.mark.parametrize("ending", KINDS)
def test_a_hole_is_reported(tmp_path: Path, ending: str) -> None:
    path = encoded(tmp_path / f"a.{ending}", KINDS[ending], times=TIMES)
    content = path.read_bytes()
    half, tenth = len(content) // 2, len(content) // 10
    assert missing(path) == ""
    for start, stop in ((half, len(content)), (half, half + max(tenth, 200_000))):
        path.write_bytes(
            content[:start] + bytes(min(stop, len(content)) - start) + content[stop:]
        )

        assert missing(path)


def test_room_that_a_recorder_keeps_is_no_hole(tmp_path: Path) -> None:
    """Android leaves hundreds of kilobytes in front of the sound."""
    content = encoded(tmp_path / "a.m4a", "aac", times=10).read_bytes()
    free = struct.pack(">I4s", 300_008, b"free") + bytes(300_000)
    kept = tmp_path / "kept.m4a"
    kept.write_bytes(content + free)

    assert missing(kept) == ""


def test_silence_that_is_not_compressed_is_no_hole(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mov", "pcm_s16le", times=10)
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] + bytes(200_000) + content[half + 200_000 :])

    assert missing(path) == ""
