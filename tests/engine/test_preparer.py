"""The process that opens media: its windows, its bookmarks, its memory."""

import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from support.prepared import Preparer
from support.processes import peak_memory
from support.sounds import bundled, noise, silence, written
from transcribid import starter
from transcribid.domain.job import FailureKind
from transcribid.domain.options import Options
from transcribid.preparer.listening import Listening
from transcribid.preparer.mono import RATE, Samples
from transcribid.protocol.preparer import (
    Advanced,
    Channel,
    Ended,
    InvalidMessage,
    Prepared,
    Rejected,
)

DEFAULT = Options()


@pytest.fixture(scope="module")
def preparer() -> Iterator[Preparer]:
    preparer = Preparer()
    yield preparer
    preparer.close()


@cache
def broadcast() -> tuple[Samples, ...]:
    """Three minutes and a half, a good part of them silent."""
    return (
        bundled("es-meeting.mp3"),
        silence(45.0),
        bundled("en-long.flac"),
        silence(4.0),
        bundled("en-short.wav"),
        silence(30.0),
        noise(1.5),
        bundled("en-two-speakers.flac"),
    )


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(vad=False),
        Options(vad_min_speech=0.5, vad_min_silence=1.5, vad_speech_pad=0.1),
    ],
    ids=["default", "all of it", "no short silence"],
)
def test_after_any_bookmark_the_windows_are_the_same(
    preparer: Preparer, tmp_path: Path, options: Options
) -> None:
    parts = broadcast() if options.vad else broadcast()[:3]
    path = written(tmp_path / "long.wav", *parts)
    undisturbed = preparer.windows(path, options)

    assert len(undisturbed) >= 4
    for at, (window, _) in enumerate(undisturbed, 1):
        assert preparer.windows(path, options, window.bookmark) == undisturbed[at:]


def breathless(seconds: float) -> Samples:
    """Speech without its pauses."""
    listening = Listening(Options(vad_speech_pad=0.1), None)
    windows = [window for window in listening.windows([bundled("en-long.flac")]) if window]
    frames = [frame.samples for window in windows for frame in window.frames]
    return np.concatenate(frames)[: round(seconds * RATE)]


def test_a_bookmark_in_the_silence_after_speech_remembers_the_speech(
    preparer: Preparer, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.wav", breathless(27.0), silence(20.0), breathless(5.0))
    options = Options(vad_speech_pad=3.0)
    undisturbed = preparer.windows(path, options)

    assert undisturbed[1][0].spans[0].end == pytest.approx(30.0, abs=0.5)
    assert preparer.windows(path, options, undisturbed[0][0].bookmark) == undisturbed[1:]


def test_a_bookmark_leads_through_an_encoded_recording_too(preparer: Preparer) -> None:
    path = starter.RECORDINGS / "en-long.flac"
    undisturbed = preparer.windows(path)

    assert preparer.windows(path, bookmark=undisturbed[0][0].bookmark) == undisturbed[1:]


def test_features_are_of_the_bands_that_were_asked_for(preparer: Preparer) -> None:
    path = starter.RECORDINGS / "en-short.wav"
    for mels in (80, 128):
        ((window, payload),) = [
            (each, payload)
            for each, payload in preparer.prepare(path, mels=mels)
            if isinstance(each, Prepared)
        ]
        assert len(payload) == 4 * mels * window.columns
        assert np.isfinite(np.frombuffer(payload, np.float32)).all()


def test_signs_of_life_come_while_there_is_nothing_to_transcribe(
    preparer: Preparer, tmp_path: Path
) -> None:
    path = written(tmp_path / "quiet.wav", silence(60.0))
    *messages, last = [message for message, _ in preparer.prepare(path)]

    assert all(isinstance(each, Advanced) for each in messages)
    assert len(messages) >= 4
    assert isinstance(last, Ended)
    assert last.audio.decoded == 60.0


def test_a_recording_that_was_cut_is_distinguished_from_a_whole_one(
    preparer: Preparer, tmp_path: Path
) -> None:
    content = (starter.RECORDINGS / "en-long.flac").read_bytes()
    path = tmp_path / "cut.flac"
    path.write_bytes(content[: len(content) // 2])
    *_, (strict, _) = preparer.prepare(path, accept_partial=False)
    *windows, (lenient, _) = preparer.prepare(path)

    assert isinstance(strict, Rejected)
    assert strict.failure.kind is FailureKind.INCOMPLETE
    assert isinstance(lenient, Ended)
    assert lenient.audio.missing
    assert windows


def test_after_a_file_that_is_no_recording_the_next_one_is_prepared(
    preparer: Preparer, tmp_path: Path
) -> None:
    path = tmp_path / "talk.mp3"
    path.write_text("this is not a recording\n" * 100)
    ((refusing, _),) = preparer.prepare(path)

    assert isinstance(refusing, Rejected)
    assert refusing.failure.kind is FailureKind.BAD_INPUT
    assert len(preparer.windows(starter.RECORDINGS / "en-short.wav")) == 1


def memory_for(path: Path, options: Options) -> int:
    """The most that a new process needs, in bytes."""
    preparer = Preparer()
    try:
        for message, _ in preparer.prepare(path, options):
            if isinstance(message, Ended):
                return peak_memory(preparer.process.pid)
    finally:
        preparer.close()
    raise AssertionError("it did not end")


@pytest.mark.slow
@pytest.mark.parametrize("options", [Options(), Options(vad=False)], ids=["vad", "no vad"])
def test_a_long_recording_needs_no_more_memory_than_a_short_one(
    tmp_path: Path, options: Options
) -> None:
    minute = (bundled("en-two-speakers.flac"), bundled("es-meeting.mp3"), silence(11.0))
    short = written(tmp_path / "short.wav", *minute * 2)
    long = written(tmp_path / "long.wav", *minute * 6, silence(120.0))

    assert memory_for(long, options) < 1.1 * memory_for(short, options)


def test_nonsense_from_the_other_side_is_recognized() -> None:
    for line in (
        b"{}\n",
        b"[1, 2, 3]\n",
        b'["Ended", 0, {}]\n',
        b'["Task", -1, 7]\n',
        b"\xff\n",
    ):
        ours, theirs = socket.socketpair()
        channel = Channel(ours)
        with theirs:
            theirs.sendall(line)
            with pytest.raises(InvalidMessage):
                channel.receive()
        channel.close()


def test_more_bytes_than_any_window_has_are_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    with theirs:
        theirs.sendall(b'["Advanced", 99999999999, {"position": 1.0, "duration": null}]\n')
        with pytest.raises(InvalidMessage, match="99999999999 bytes"):
            channel.receive()
    channel.close()
