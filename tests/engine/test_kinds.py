# pyright: reportUnknownMemberType=false
"""Kinds of files that want a hand: protected ones, odd sample sizes, dictation machines."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from av.codec.codec import Codec
from av.format import ContainerFormat

from support.media import encoded
from support.sounds import bundled, decoded
from support.wav import chunk, riff
from transcribid.domain.job import FailureKind
from transcribid.preparer.decode import Recording
from transcribid.preparer.media import CODECS, FORMATS
from transcribid.preparer.mono import RATE
from transcribid.protocol.errors import Refused

SOUND = bundled("en-short.wav")[: 2 * RATE]


def read(content: bytes) -> Recording:
    return Recording(io.BytesIO(content), 3600.0)


@pytest.mark.parametrize("entry", [b"drms", b"enca", b"aavd"])
def test_a_protected_recording_says_that_it_is(tmp_path: Path, entry: bytes) -> None:
    content = encoded(tmp_path / "a.m4a", "aac").read_bytes()
    moov = content.index(b"moov")
    at = content.index(b"mp4a", moov)
    with pytest.raises(Refused, match="DRM") as caught:
        read(content[:at] + entry + content[at + 4 :])

    assert caught.value.failure.kind is FailureKind.BAD_INPUT
    assert "unprotected copy" in caught.value.failure.remedy


def test_the_same_name_elsewhere_protects_nothing(tmp_path: Path) -> None:
    content = encoded(tmp_path / "a.m4a", "aac").read_bytes()

    assert len(decoded(read(content + b"\0\0\0\x10free" + b"drmsenca"))) > RATE


def test_protected_windows_media_say_that_they_are(tmp_path: Path) -> None:
    content = encoded(tmp_path / "a.wma", "wmav2").read_bytes()
    mark = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
    with pytest.raises(Refused, match="DRM"):
        read(content[:600] + mark + content[616:])


def extensible(bits: int, valid: int) -> bytes:
    block = bits // 8
    fields = struct.pack("<HHIIHH", 0xFFFE, 1, RATE, RATE * block, block, bits)
    pcm = b"\1\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    return chunk(b"fmt ", fields + struct.pack("<HHI", 22, valid, 4) + pcm)


def rf64(form: bytes, sound: bytes) -> bytes:
    sizes = struct.pack("<QQQI", len(sound) + 100, len(sound), 0, 0)
    return b"RF64" + riff(chunk(b"ds64", sizes), form, chunk(b"data", sound, 2**32 - 1))[4:]


def plain(form: bytes, sound: bytes) -> bytes:
    return riff(form, chunk(b"data", sound))


@pytest.mark.parametrize("make", [plain, rf64])
@pytest.mark.parametrize(("bits", "valid"), [(32, 24), (32, 20), (32, 16), (24, 16), (24, 20)])
def test_valid_bits_that_are_fewer_than_a_sample_takes_make_no_noise(
    make: Callable[[bytes, bytes], bytes], bits: int, valid: int
) -> None:
    left = (SOUND * 2.0**31).astype("<i4") & -(1 << 32 - valid)
    samples = left.astype("<i4").view("u1").reshape(-1, 4)[:, 4 - bits // 8 :]
    found = decoded(read(make(extensible(bits, valid), samples.tobytes())))

    np.testing.assert_allclose(found, SOUND, atol=1e-4)


@pytest.mark.parametrize(("mode", "packet", "seconds"), [(0, 41, 0.0239), (2, 24, 0.03)])
@pytest.mark.parametrize("version", [2, 3])
def test_dictation_machines_are_decoded(
    version: int, mode: int, packet: int, seconds: float
) -> None:
    header = bytearray(version * 512)
    header[:4], header[0x2A4] = bytes([version]) + b"dss", mode
    header[0x32:0x3E] = b"261126101500"  # when it ended
    padded = bytes(6) + b"\xff" * 506  # the last block
    recording = read(bytes(header) + bytes(40 * 512) + padded)
    samples = decoded(recording)

    assert recording.facts.container == "dss"
    assert len(samples) / RATE == pytest.approx(40 * 506 / packet * seconds, rel=0.05)
    assert (recording.facts.errors, recording.facts.missing) == (0, "")


def test_ffmpeg_knows_all_that_we_open() -> None:
    for name in FORMATS.split(","):
        assert ContainerFormat(name, "r").is_input
    for name in CODECS.split(","):
        assert Codec(name, "r").is_decoder
