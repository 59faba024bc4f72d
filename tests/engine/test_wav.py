"""WAV files whose header is wrong lose no sound."""

from pathlib import Path

import numpy as np
import pytest

from support.sounds import bundled
from support.sounds import decoded as sound_of
from support.wav import chunk, form, pcm, riff
from transcribid.preparer.decode import Recording
from transcribid.preparer.mono import RATE, Samples

SOUND = bundled("en-short.wav")[: 3 * RATE]
BYTES = pcm(SOUND)
HALF = len(BYTES) // 2
LIST = chunk(b"LIST", b"INFOISFT" + b"\x0e\0\0\0" + b"Lavf62.3.100\0\0")


def decoded(tmp_path: Path, content: bytes) -> tuple[Samples, str]:
    """The sound, and what is reported missing."""
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with path.open("rb") as file:
        recording = Recording(file, 3600.0)
        return sound_of(recording), recording.facts.missing


WHOLE = {
    "as it should be": riff(form(), chunk(b"data", BYTES)),
    "a list behind the sound": riff(form(), chunk(b"data", BYTES), LIST),
    "a list before and behind": riff(form(), LIST, chunk(b"data", BYTES), LIST),
    "length left at 0": riff(form(), chunk(b"data", BYTES, 0), length=0),
    "length left at all ones": riff(form(), chunk(b"data", BYTES, 2**32 - 1), length=2**32 - 1),
    "2 GiB of a stream": riff(form(), chunk(b"data", BYTES, 0x7FFFF000), length=0x7FFFF024),
    "2 GiB and a little": riff(form(), chunk(b"data", BYTES, 0x80000000), length=0x80000024),
    "the most that is positive": riff(
        form(), chunk(b"data", BYTES, 0x7FFFFFFF), length=0x7FFFFFFF
    ),
    "a length that wrapped": riff(form(), chunk(b"data", BYTES, HALF), length=HALF + 36),
    "two chunks of sound": riff(
        form(), chunk(b"data", BYTES[:HALF]), LIST, chunk(b"data", BYTES[HALF:])
    ),
    "two files in one": riff(form(), chunk(b"data", BYTES[:HALF]))
    + riff(form(), LIST, chunk(b"data", BYTES[HALF:])),
    "a tag behind all": riff(form(), chunk(b"data", BYTES))
    + b"ID3\3\0\0\0\0\1\0"
    + b"x" * 9000,
}


@pytest.mark.parametrize("name", WHOLE)
def test_all_of_the_sound_is_there_at_once(tmp_path: Path, name: str) -> None:
    found, missing = decoded(tmp_path, WHOLE[name])

    assert missing == ""
    assert len(found) == len(SOUND)
    np.testing.assert_allclose(found, SOUND, atol=1e-4)


CUT = {
    "cut": riff(form(), chunk(b"data", BYTES))[: 44 + HALF],
    "a second file of another kind": riff(form(), chunk(b"data", BYTES[:HALF]))
    + riff(form(rate=8000), chunk(b"data", BYTES)),
}


@pytest.mark.parametrize("name", CUT)
def test_what_is_missing_is_reported(tmp_path: Path, name: str) -> None:
    found, missing = decoded(tmp_path, CUT[name])

    assert len(found) == len(SOUND) // 2
    assert "bytes" in missing
