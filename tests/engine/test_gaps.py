# pyright: reportUnknownMemberType=false
"""Timestamps that jump: what becomes silence, what moves the clock, and what is damage."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from support.media import encoded
from support.sounds import bundled
from transcribid.domain.options import Options
from transcribid.preparer.decode import Recording
from transcribid.preparer.listening import Listening
from transcribid.preparer.mono import RATE
from transcribid.preparer.timestamps import Jump, Timestamps

SOUND = bundled("en-short.wav")[: 3 * RATE]
PACKET = RATE // 50
HOUR = 3600.0


def written(path: Path, gaps: dict[int, float]) -> Path:
    """The sound twice in packets of 20 ms, some with timestamps that are late (in seconds)."""
    samples = (np.concatenate([SOUND, SOUND]) * 32_767).astype("<i2")
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        late = 0.0
        for number, start in enumerate(range(0, len(samples), PACKET)):
            packet = samples[None, start : start + PACKET]
            frame = AudioFrame.from_ndarray(packet, "s16", "mono")
            frame.sample_rate = RATE
            late += gaps.get(number, 0.0)
            frame.pts = start + round(late * RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read(path: Path) -> tuple[float, list[Jump], Recording]:
    """Seconds of sound, jumps, and the recording at its end."""
    with path.open("rb") as file:
        recording = Recording(file, HOUR)
        blocks = list(recording.blocks())
    jumps = [each for each in blocks if isinstance(each, Jump)]
    samples = sum(len(each) for each in blocks if not isinstance(each, Jump))
    assert max(len(each) for each in blocks if not isinstance(each, Jump)) <= RATE * 1.1
    return samples / RATE, jumps, recording


def test_a_short_gap_is_silence(tmp_path: Path) -> None:
    seconds, jumps, recording = read(written(tmp_path / "a.mkv", {150: 7.0}))

    assert (seconds, jumps) == (pytest.approx(13.0, abs=0.05), [])
    assert recording.facts.discontinuities == ()


@pytest.mark.parametrize("gap", [12.0, 2 * HOUR, 11 * HOUR])
def test_a_long_gap_moves_the_clock_and_makes_no_samples(tmp_path: Path, gap: float) -> None:
    seconds, [jump], recording = read(written(tmp_path / "a.mkv", {150: gap}))
    facts = recording.facts

    assert seconds == pytest.approx(6.0, abs=0.05)
    assert jump.to == pytest.approx(3.0 + gap, abs=0.05)
    assert facts.end == pytest.approx(6.0 + gap, abs=0.05)
    [found] = facts.discontinuities
    assert (found.at, found.seconds) == pytest.approx((3.0, gap), abs=0.05)
    assert (facts.errors, facts.missing) == (0, "")


@pytest.mark.parametrize("container", ["matroska,webm", "mpegts"])
@pytest.mark.parametrize(("gap", "wild"), [(5.0, 0), (5 * HOUR, 1), (-5 * HOUR, 1)])
def test_what_the_next_frames_take_back_moves_nothing(
    container: str, gap: float, wild: int
) -> None:
    timestamps, found = placed(container, {50: gap, 53: -gap})

    assert all(isinstance(each, AudioFrame) for each in found)
    assert timestamps.position == pytest.approx(2.0)
    assert (timestamps.wild, timestamps.discontinuities) == (wild, [])


@pytest.mark.parametrize("gap", [2 * HOUR, -2 * HOUR])
@pytest.mark.parametrize("container", ["mpegts", "flv"])
def test_where_clocks_begin_anew_the_sound_goes_on(container: str, gap: float) -> None:
    timestamps, found = placed(container, {50: gap})

    assert all(isinstance(each, AudioFrame) for each in found)
    assert timestamps.position == pytest.approx(2.0)
    [there] = timestamps.discontinuities
    assert (there.at, there.seconds) == pytest.approx((1.0, gap))


def test_the_last_packets_are_no_witnesses() -> None:
    timestamps, found = placed("matroska,webm", {95: 5 * HOUR})

    assert (len(found), timestamps.position) == (100, pytest.approx(2.0))
    assert timestamps.wild == 1


def placed(container: str, gaps: dict[int, float]) -> tuple[Timestamps, list[object]]:
    """100 frames of 20 ms, some of them late (in seconds)."""
    timestamps, late = Timestamps(container, 0.0), 0.0
    found: list[object] = []
    for number in range(100):
        frame = AudioFrame("s16", "mono", PACKET)
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        late += gaps.get(number, 0.0)
        frame.pts = number * PACKET + round(late * RATE)
        found += timestamps.place(frame)
    return timestamps, [*found, *timestamps.flush()]


def test_windows_know_where_they_lie_behind_a_jump(tmp_path: Path) -> None:
    """And wherever one goes on after a restart, what follows is the same."""
    path = written(tmp_path / "a.mkv", {150: 100.0})

    def windows(bookmark: str | None) -> list[tuple[float, float, str]]:
        with path.open("rb") as file:
            listening = Listening(Options(multilingual=True), bookmark)
            found = listening.windows(Recording(file, HOUR).blocks())
            return [
                (window.speech[0].start, window.speech[-1].end, listening.bookmark(window))
                for window in found
                if window
            ]

    first, second = windows(None)

    assert first[1] < 3.5
    assert 103.0 - 0.1 < second[0] < 104.0
    assert second[0] - 103.0 == pytest.approx(first[0], abs=0.2)
    assert windows(first[2]) == [second]


@pytest.mark.parametrize(("name", "codec"), [("a.flac", "flac"), ("a.ogg", "libopus")])
def test_what_was_cut_from_the_middle_is_reported(
    tmp_path: Path, name: str, codec: str
) -> None:
    whole = encoded(tmp_path / name, codec, times=5)
    content = whole.read_bytes()
    cut = tmp_path / f"cut-{name}"
    cut.write_bytes(content[: len(content) // 2] + content[len(content) * 7 // 10 :])

    assert read(whole)[2].facts.lost == 0.0
    assert read(cut)[2].facts.lost == pytest.approx(0.2 * 19.0, rel=0.5)


def test_joined_files_lack_nothing(tmp_path: Path) -> None:
    content = encoded(tmp_path / "a.ogg", "libopus").read_bytes()
    (tmp_path / "both.ogg").write_bytes(content * 2)

    assert read(tmp_path / "both.ogg")[2].facts.lost == 0.0
