"""What is wrong around the sound costs none of it; what is no sound is refused."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.media import encoded
from support.prepared import Preparer
from support.processes import peak_memory
from support.wav import chunk, form, riff
from transcribid import starter
from transcribid.domain.job import FailureKind
from transcribid.protocol.preparer import Ended, PreparerMessage, Rejected

_SHORT = 3.79  # seconds of the short recording


@pytest.fixture(scope="module")
def preparer() -> Iterator[Preparer]:
    preparer = Preparer()
    yield preparer
    assert preparer.process.poll() is None
    preparer.close()


def last(preparer: Preparer, path: Path) -> PreparerMessage:
    *_, (message, _) = preparer.prepare(path)
    return message


@pytest.mark.parametrize(
    ("ending", "codec"),
    [("caf", "pcm_s16le"), ("w64", "pcm_s16le"), ("wv", "wavpack"), ("au", "pcm_s16be")],
)
def test_garbage_behind_the_sound_costs_none_of_it(
    preparer: Preparer, tmp_path: Path, ending: str, codec: str
) -> None:
    path = encoded(tmp_path / f"a.{ending}", codec, rate=16_000)
    with path.open("ab") as file:
        file.write(b"\xa5\x13garbage that no program means to be sound"[:40])
    message = last(preparer, path)

    assert isinstance(message, Ended)
    assert message.audio.decoded == pytest.approx(_SHORT, abs=0.02)


def recorded_at(rate: int) -> bytes:
    return riff(form(rate=rate), chunk(b"data", bytes(40_000)))


@pytest.mark.parametrize("rate", [1, 2, 900, 2_000_000_000])
def test_rates_that_nobody_records_at_are_refused(
    preparer: Preparer, tmp_path: Path, rate: int
) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(recorded_at(rate))
    message = last(preparer, path)

    assert isinstance(message, Rejected)
    assert message.failure.kind is FailureKind.BAD_INPUT
    assert peak_memory(preparer.process.pid) < 200 << 20
    path.write_bytes(recorded_at(8_000))
    assert isinstance(last(preparer, path), Ended)  # nothing else is wrong with it


def test_large_chunks_before_the_sound_are_not_held_in_memory(
    preparer: Preparer, tmp_path: Path
) -> None:
    content = (starter.RECORDINGS / "en-short.wav").read_bytes()
    text = struct.pack("<4sI", b"INAM", 100 << 20) + b"A" * (100 << 20)
    chunk = struct.pack("<4sI4s", b"LIST", len(text) + 4, b"INFO") + text
    at = content.index(b"data")
    path = tmp_path / "tagged.wav"
    path.write_bytes(content[:at] + chunk + content[at:])
    message = last(preparer, path)

    assert isinstance(message, Ended)
    assert message.audio.decoded == pytest.approx(_SHORT, abs=0.01)
    assert not message.audio.missing
    assert peak_memory(preparer.process.pid) < 200 << 20


def tagged(frames: bytes) -> bytes:
    length = bytes(len(frames) >> shift & 127 for shift in (21, 14, 7, 0))
    sound = (starter.RECORDINGS / "es-meeting.mp3").read_bytes()
    return b"ID3\x03\0\0" + length + frames + sound


def frame(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">I", len(content)) + b"\0\0" + content


@pytest.mark.parametrize(
    "frames",
    [
        b"".join(frame(b"TXXX", b"\0k%d\0v" % number) for number in range(100_000)),
        frame(b"APIC", b"\0image/png\0\x03\0\x89PNG\r\n\x1a\n" + bytes(100 << 20)),
    ],
    ids=["many", "large"],
)
def test_tags_in_front_cost_neither_time_nor_memory(
    preparer: Preparer, tmp_path: Path, frames: bytes
) -> None:
    """Read by FFmpeg, the many take two minutes of the processor."""
    path = tmp_path / "tagged.mp3"
    path.write_bytes(tagged(frames))
    message = last(preparer, path)

    assert isinstance(message, Ended)
    assert message.audio.decoded == pytest.approx(26.9, abs=1.0)
    assert peak_memory(preparer.process.pid) < 200 << 20
