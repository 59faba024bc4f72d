# pyright: reportUnknownMemberType=false
"""Half a file is not taken for a whole one, and a whole one not for half."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import av
import pytest
from av.audio.stream import AudioStream

from support.media import CODECS, encoded, video
from support.sounds import decoded
from transcribid.domain.job import FailureKind
from transcribid.domain.transcript import Audio
from transcribid.preparer.decode import Recording
from transcribid.preparer.mono import RATE
from transcribid.preparer.sizes import has_open_end, missing_bytes
from transcribid.protocol.errors import Refused

COUNTED = {
    **{ending: CODECS[ending] for ending in ("mp3", "mkv", "webm", "wav", "aiff")},
    "wma": "wmav2",
    "w64": "pcm_s16le",
    "caf": "pcm_s16le",
}


def facts(content: bytes, *, accept_partial: bool) -> Audio:
    recording = Recording(io.BytesIO(content), 3600.0)
    if not accept_partial:
        recording.check_header()
    decoded(recording)
    if not accept_partial:
        recording.check_complete()
    return recording.facts


def made(folder: Path, ending: str) -> bytes:
    return encoded(folder / f"a.{ending}", COUNTED[ending]).read_bytes()


@pytest.mark.parametrize("ending", COUNTED)
def test_half_of_what_is_counted_waits_and_is_partial_then(tmp_path: Path, ending: str) -> None:
    content = made(tmp_path, ending)
    half = content[: len(content) // 2]
    with pytest.raises(Refused) as caught:
        facts(half, accept_partial=False)

    assert caught.value.failure.kind is FailureKind.INCOMPLETE
    assert "bytes are missing" in facts(half, accept_partial=True).missing
    assert facts(content, accept_partial=False).missing == ""


def test_half_a_film_waits_too(tmp_path: Path) -> None:
    content = video(tmp_path / "a.mkv", seconds=4.0, sound=True).read_bytes()

    assert facts(content, accept_partial=False).missing == ""
    assert (
        "bytes are missing" in facts(content[: len(content) // 2], accept_partial=True).missing
    )


def test_a_claim_of_hours_is_nothing(tmp_path: Path) -> None:
    content = made(tmp_path, "mkv")
    at = content.index(b"\x44\x89\x88") + 3  # Duration, a float of 8 bytes
    lying = content[:at] + struct.pack(">d", 40 * 3600 * 1000.0) + content[at + 8 :]
    found = facts(lying, accept_partial=False)

    assert found.duration == pytest.approx(40 * 3600.0)
    assert found.missing == ""


def live(path: Path) -> None:
    with av.open(str(path), "w", format="webm", options={"live": "1"}) as container:
        _speak(container, "libopus")


def unseekable(path: Path) -> None:
    class Pipe:
        name = "pipe"

        def __init__(self) -> None:
            self.written = io.BytesIO()

        def write(self, data: bytes) -> int:
            return self.written.write(data)

    pipe = Pipe()
    with av.open(pipe, "w", format="asf") as container:
        _speak(container, "wmav2")
    path.write_bytes(pipe.written.getvalue())


def _speak(container: Any, codec: str) -> None:
    stream = cast(AudioStream, container.add_stream(codec, rate=48_000, bit_rate=64_000))
    stream.layout = "mono"
    for number in range(50):
        frame = av.AudioFrame(stream.format.name, "mono", stream.frame_size or 1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 48_000, number * frame.samples
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


@pytest.mark.parametrize("make", [live, unseekable])
def test_what_streams_leave_open_is_no_claim(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "a")

    with (tmp_path / "a").open("rb") as file:
        assert missing_bytes(file) == 0
        assert file.tell() == 0


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_ogg_without_its_last_page_waits_and_is_good_then(tmp_path: Path, share: float) -> None:
    content = encoded(tmp_path / "a.opus", "libopus").read_bytes()
    with pytest.raises(Refused) as caught:
        facts(content[: int(len(content) * share)], accept_partial=False)
    found = facts(content[: int(len(content) * share)], accept_partial=True)

    assert caught.value.failure.kind is FailureKind.INCOMPLETE
    assert found.missing == ""
    assert "last page" in found.notes[0]
    assert facts(content, accept_partial=False).notes == ()
    assert not has_open_end(io.BytesIO(b"OggS"[:3]))


def test_what_breaks_off_within_a_packet_waits_and_is_partial_then(tmp_path: Path) -> None:
    content = encoded(tmp_path / "a.aac", "aac").read_bytes()
    with pytest.raises(Refused) as caught:
        facts(content[: len(content) // 2], accept_partial=False)

    assert caught.value.failure.kind is FailureKind.INCOMPLETE
    assert "is cut off" in facts(content[: len(content) // 2], accept_partial=True).missing


TAGS = {
    "ID3 of version 1": b"TAG" + bytes(125),
    "APE": b"APETAGEX\xd0\x07\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
}


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_at_the_end_of_an_mp3_is_no_damage(tmp_path: Path, tag: str) -> None:
    content = encoded(tmp_path / "a.mp3", "libmp3lame", rate=RATE).read_bytes()
    found = facts(content + TAGS[tag], accept_partial=False)

    assert (found.errors, found.missing) == (0, "")


def test_an_mp3_counts_from_behind_its_tags(tmp_path: Path) -> None:
    content = encoded(tmp_path / "a.mp3", "libmp3lame").read_bytes()
    cover = b"ID3\4\0\0" + bytes([0, 6, 0, 0]) + bytes(6 << 14)

    assert facts(cover + content, accept_partial=False).missing == ""
    assert missing_bytes(io.BytesIO(cover + content[:-9000])) > 0


@pytest.mark.parametrize("ending", ["m4a", "aiff", "wma"])
def test_a_recording_that_was_appended_is_missed(tmp_path: Path, ending: str) -> None:
    codec = "wmav2" if ending == "wma" else CODECS[ending]
    content = encoded(tmp_path / f"a.{ending}", codec).read_bytes()

    assert facts(content, accept_partial=True).missing == ""
    found = facts(content * 2, accept_partial=True).missing
    assert found == f"{len(content)} bytes after the audio are another recording."
