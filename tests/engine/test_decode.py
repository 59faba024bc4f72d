"""What the decoder makes of recordings, good, damaged and hostile."""

import socket
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from support.media import CODECS, SPEECH, encoded, video
from support.sounds import decoded
from transcribid.domain.job import FailureKind
from transcribid.preparer.decode import Recording
from transcribid.preparer.mono import RATE, Samples
from transcribid.protocol.errors import Refused

LENGTH = 3.8  # seconds of the short recording


def decoded_file(path: Path, max_duration: float = 3600.0) -> tuple[Samples, Recording]:
    with path.open("rb") as file:
        recording = Recording(file, max_duration)
        return decoded(recording), recording


def refusal(path: Path, **limits: float) -> Refused:
    with pytest.raises(Refused) as caught:
        _, recording = decoded_file(path, **limits)
        recording.check_complete()
    return caught.value


@pytest.mark.parametrize("ending", CODECS)
def test_common_formats_are_decoded_whole(tmp_path: Path, ending: str) -> None:
    samples, recording = decoded_file(encoded(tmp_path / f"a.{ending}", CODECS[ending]))

    assert len(samples) / RATE == pytest.approx(LENGTH, abs=0.15)
    assert recording.facts.errors == 0
    assert np.abs(samples).max() > 0.1
    recording.check_complete()


def test_the_sound_of_a_video_is_decoded(tmp_path: Path) -> None:
    samples, _ = decoded_file(video(tmp_path / "film.mp4", seconds=4.0, sound=True))

    assert len(samples) / RATE == pytest.approx(LENGTH, abs=0.15)


def test_sound_that_begins_late_is_placed_late(tmp_path: Path) -> None:
    path = video(tmp_path / "late.mkv", seconds=6.0, sound=True, delay=2.0)
    samples, _ = decoded_file(path)

    assert len(samples) / RATE == pytest.approx(LENGTH + 2.0, abs=0.15)
    assert np.abs(samples[: 2 * RATE - RATE // 10]).max() < 0.01


def test_a_damaged_recording_gives_all_that_is_left(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mp3", "libmp3lame")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(range(250)) * 16
    path.write_bytes(content)

    samples, recording = decoded_file(path)

    assert len(samples) / RATE > LENGTH - 1.0
    assert recording.facts.errors > 0


def cut(path: Path, share: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


@pytest.mark.parametrize("ending", ["wav", "aiff", "flac"])
def test_a_cut_recording_is_noticed(tmp_path: Path, ending: str) -> None:
    failure = refusal(cut(encoded(tmp_path / f"a.{ending}", CODECS[ending]), 0.5)).failure

    assert failure.kind is FailureKind.INCOMPLETE
    assert "the file has only" in failure.message or "are missing" in failure.message


def test_a_recording_whose_index_has_not_arrived_is_incomplete(tmp_path: Path) -> None:
    failure = refusal(cut(encoded(tmp_path / "a.m4a", "aac"), 0.5)).failure

    assert failure.kind is FailureKind.INCOMPLETE


def text(path: Path) -> None:
    path.write_text("this is not a recording\n" * 100)


def nothing_inside(path: Path) -> None:
    with wave.open(str(path), "wb") as recording:
        recording.setparams((1, 2, RATE, 0, "NONE", ""))


def picture_only(path: Path) -> None:
    video(path.with_suffix(".mp4")).rename(path)


@pytest.mark.parametrize(
    ("make", "kind", "word"),
    [
        (text, FailureKind.BAD_INPUT, "not a recording"),
        (nothing_inside, FailureKind.INCOMPLETE, "0.00 seconds"),
        (picture_only, FailureKind.BAD_INPUT, "no audio stream"),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_a_sentence(
    tmp_path: Path, make: Callable[[Path], None], kind: FailureKind, word: str
) -> None:
    path = tmp_path / "talk.mp3"
    make(path)
    failure = refusal(path).failure

    assert (failure.kind, word in failure.message) == (kind, True)
    assert failure.remedy


def test_a_long_recording_is_refused_by_what_was_counted() -> None:
    failure = refusal(SPEECH, max_duration=2.0).failure

    assert (failure.kind, failure.remedy) == (
        FailureKind.BAD_INPUT,
        "Split it, or raise limits.max_duration.",
    )


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A server nobody should ever call."""
    calls: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        closing = threading.Event()

        def listen() -> None:
            while not closing.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                calls.append(connection.recv(100))
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], calls
        closing.set()
        thread.join()


ATTACKS = {
    "playlist to an address": "#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
    "playlist to a file": "#EXTM3U\n#EXTINF:3,\nfile://{secret}\n#EXT-X-ENDLIST\n",
    "concat script": "ffconcat version 1.0\nfile '{secret}'\n",
    "session description": (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=audio {port} RTP/AVP 0\n"
    ),
    "streaming manifest": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        '<Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1">'
        "<BaseURL>http://127.0.0.1:{port}/a.mp4</BaseURL></Representation></AdaptationSet>"
        "</Period></MPD>"
    ),
    "real-time pointer": "RTSPtext\nrtsp://127.0.0.1:{port}/x\n",
    "subtitles": "1\n00:00:01,000 --> 00:00:02,000\nhello\n",
    "metadata": ";FFMETADATA1\ntitle=x\n",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_script_with_the_name_of_a_recording_opens_nothing(
    tmp_path: Path, listener: tuple[int, list[bytes]], attack: str
) -> None:
    port, calls = listener
    secret = tmp_path / "secret.wav"
    secret.write_bytes(SPEECH.read_bytes())
    path = tmp_path / "talk.mp3"
    path.write_text(ATTACKS[attack].format(port=port, secret=secret))
    before = secret.stat().st_atime_ns

    assert refusal(path).failure.kind is FailureKind.BAD_INPUT
    assert calls == []
    assert secret.stat().st_atime_ns == before
