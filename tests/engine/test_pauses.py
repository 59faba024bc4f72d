# pyright: reportUnknownMemberType=false
"""What is no sound and no damage either: pauses of telephones, tags and padding."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from support.media import encoded
from support.sounds import decoded
from transcribid.domain.transcript import Audio
from transcribid.preparer.amr import with_pauses
from transcribid.preparer.decode import Recording
from transcribid.preparer.mono import RATE, Samples

LENGTH = 3.8  # seconds of the short recording
NARROW = (b"#!AMR\n", bytes([4 << 3 | 4]) + bytes(19), bytes([8 << 3 | 4]) + bytes(5))
WIDE = (b"#!AMR-WB\n", bytes([2 << 3 | 4]) + bytes(32), bytes([9 << 3 | 4]) + bytes(5))
NO_DATA = bytes([15 << 3 | 4])
ID3 = b"ID3\4\0\0\0\0\0\x10PRIV\0\0\0\6\0\0a\0\0\0\0\0"


def read(path: Path, content: bytes) -> tuple[Samples, Audio]:
    path.write_bytes(content)
    with path.open("rb") as file:
        recording = Recording(file, 3600.0)
        return decoded(recording), recording.facts


@pytest.mark.parametrize(("magic", "speech", "noise"), [NARROW, WIDE])
def test_pauses_of_amr_are_silence(
    tmp_path: Path, magic: bytes, speech: bytes, noise: bytes
) -> None:
    pause = noise + NO_DATA * 7
    samples, facts = read(tmp_path / "a.amr", magic + speech * 100 + pause * 25 + speech * 50)

    assert facts.errors == 0
    assert len(samples) / RATE == pytest.approx(7.0, abs=0.03)
    assert not np.any(samples[round(2.1 * RATE) : round(5.9 * RATE)])


def test_speech_around_a_pause_is_decoded(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.amr", "libopencore_amrnb", rate=8000)
    content = path.read_bytes()
    size = NARROW_SIZES[content[6] >> 3]
    frames = [content[at : at + size] for at in range(6, len(content), size)]
    half = len(frames) // 2
    whole, _ = read(path, content)
    parted, facts = read(
        path, b"".join([content[:6], *frames[:half], NO_DATA * 50, *frames[half:]])
    )

    assert facts.errors == 0
    assert len(parted) - len(whole) == pytest.approx(RATE, abs=RATE // 50)
    loud = np.abs(whole) > 0.1
    assert np.sum(np.abs(parted) > 0.1) == pytest.approx(np.sum(loud), rel=0.02)


NARROW_SIZES = (13, 14, 16, 18, 20, 21, 27, 32)


def test_several_frames_in_a_packet_are_separated(tmp_path: Path) -> None:
    with av.open(str(encoded(tmp_path / "a.amr", "libopencore_amrnb", rate=8000))) as container:
        packet = av.Packet(NARROW[1] + NARROW[2] + NO_DATA + NARROW[1])
        packet.stream = container.streams.audio[0]
        packet.pts, packet.time_base = 800, Fraction(1, 8000)
        first, *pauses, last = with_pauses("amrnb", packet)

    assert [bytes(first), bytes(last)] == [NARROW[1]] * 2
    assert all(isinstance(each, AudioFrame) and each.samples == 160 for each in pauses)
    assert [each.pts for each in (first, *pauses, last)] == [800, 960, 1120, 1280]


def test_a_packet_of_any_size_is_no_hour_of_silence() -> None:
    packet = av.Packet(NO_DATA * 1_000_000)

    assert with_pauses("amrnb", packet) == [packet]


def test_damaged_amr_is_still_damage(tmp_path: Path) -> None:
    reserved = bytes([12 << 3 | 4])
    _, facts = read(tmp_path / "a.amr", NARROW[0] + NARROW[1] * 50 + reserved + NARROW[1] * 50)

    assert facts.errors == 1


def test_tags_in_a_live_stream_are_no_damage(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.aac", "aac", rate=16_000)
    content = path.read_bytes()
    whole, _ = read(path, content)
    middle = content.index(content[:2], len(content) // 2)
    for at in (middle, middle + 9):
        samples, facts = read(path, ID3 + content[:at] + ID3 + content[at:])

        assert facts.errors == 0
        assert len(samples) == pytest.approx(len(whole), abs=RATE // 10)


@pytest.mark.parametrize("between", [b"", ID3])
def test_two_mp3_files_in_one_are_no_damage(tmp_path: Path, between: bytes) -> None:
    path = encoded(tmp_path / "a.mp3", "libmp3lame", rate=16_000)
    content = path.read_bytes()
    sound = content[content.index(b"\xff\xf3") :]
    assert b"Xing" in sound or b"Info" in sound
    samples, facts = read(path, content + between + sound)

    assert facts.errors == 0
    assert len(samples) / RATE == pytest.approx(2 * LENGTH, abs=0.2)


def test_zeros_before_an_mp3_are_no_damage_and_those_in_it_are(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mp3", "libmp3lame", rate=16_000)
    content = path.read_bytes()
    samples, facts = read(path, bytes(65_536) + content)

    assert facts.errors == 0
    assert len(samples) / RATE == pytest.approx(LENGTH, abs=0.2)

    half = len(content) // 2
    _, facts = read(path, content[:half] + bytes(2000) + content[half:])

    assert facts.errors > 0
