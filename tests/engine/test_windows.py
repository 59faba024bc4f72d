"""Windows: at most 30 seconds, all speech in them, cut where nobody speaks."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from support.sounds import bundled, silence
from transcribid import starter
from transcribid.domain.options import Options
from transcribid.domain.transcript import Span
from transcribid.engine.timeline import Timeline
from transcribid.preparer.hysteresis import Hysteresis
from transcribid.preparer.listening import Listening
from transcribid.preparer.mono import RATE, Samples
from transcribid.preparer.speech import FRAME, SpeechDetector
from transcribid.preparer.windows import LONGEST, Frame, Packer, SoundWindow

SECOND = FRAME / RATE  # a frame, in seconds
DEFAULT = Options()


@cache
def talk() -> Samples:
    """Two minutes and a half: long silences, short ones, and none at all."""
    return np.concatenate(
        [
            silence(5.0),
            bundled("en-long.flac"),
            silence(12.0),
            bundled("es-meeting.mp3"),
            silence(40.0),
            bundled("en-short.wav"),
            silence(9.0),
            bundled("en-short.wav"),
        ]
    )


def windows(sound: Samples, options: Options = DEFAULT, size: int = 1024) -> list[SoundWindow]:
    """As from a decoder that gives blocks of `size` samples."""
    blocks = np.split(sound, range(size, len(sound), size))
    return [window for window in Listening(options, None).windows(blocks) if window]


@cache
def windows_of_talk() -> list[SoundWindow]:
    return windows(talk())


def count(seconds: float) -> int:
    """Frames, at least one."""
    return max(1, round(seconds / SECOND))


def frames(sound: Samples) -> Samples:
    return np.pad(sound, (0, -len(sound) % FRAME)).reshape(-1, FRAME)


def detected(sound: Samples) -> list[int]:
    """Frames of speech, found in the whole at once."""
    min_speech, min_silence = count(DEFAULT.vad_min_speech), count(DEFAULT.vad_min_silence)
    hysteresis = Hysteresis(DEFAULT.vad_threshold, min_speech, min_silence)
    found: list[bool] = []
    for probability in SpeechDetector().probabilities(frames(sound).ravel()):
        found += hysteresis.decide(float(probability))
    found += hysteresis.flush()
    return [number for number, speech in enumerate(found) if speech]


def numbers(found: Sequence[SoundWindow]) -> list[int]:
    return [frame.number for window in found for frame in window.frames]


def test_all_detected_speech_is_in_a_window() -> None:
    found = windows_of_talk()
    spoken = [each.number for window in found for each in window.frames if each.speech]

    assert spoken == detected(talk())


def test_windows_are_in_order_and_none_is_longer_than_half_a_minute() -> None:
    found = windows_of_talk()

    assert len(found) >= 4
    assert numbers(found) == sorted(set(numbers(found)))
    assert max(len(window.frames) for window in found) * SECOND <= 30.0


@pytest.mark.parametrize("options", [Options(), Options(vad=False)])
def test_a_window_holds_the_sound_of_its_frames(options: Options) -> None:
    whole = frames(talk())
    for window in windows(talk(), options):
        samples = np.array([frame.samples for frame in window.frames])
        assert np.array_equal(samples, whole[[frame.number for frame in window.frames]])


@pytest.mark.parametrize("size", [100, 16_384, 1_000_003])
def test_how_the_decoder_cuts_its_blocks_makes_no_difference(size: int) -> None:
    expected, found = windows_of_talk(), windows(talk(), size=size)

    assert [window.spans for window in found] == [window.spans for window in expected]


def test_windows_are_cut_where_nobody_speaks() -> None:
    sentences = json.loads((starter.RECORDINGS / "en-long.words.json").read_text())
    words = [word for sentence in sentences for word in sentence["words"]]
    found = windows(bundled("en-long.flac"))

    assert len(found) > 2
    for left, right in pairwise(found):
        assert not left.frames[-1].speech
        assert not right.frames[0].speech
        cut = left.spans[-1].end
        assert not [word for word in words if word["start"] < cut < word["end"]]


def given(*runs: tuple[int, bool]) -> list[Frame]:
    """So many frames of speech, or of silence."""
    speech = [speech for length, speech in runs for _ in range(length)]
    nothing = np.zeros(FRAME, np.float32)
    return [Frame(at, nothing, 0.9 if each else 0.1, each) for at, each in enumerate(speech)]


def packed(frames: Sequence[Frame]) -> list[SoundWindow]:
    packer = Packer(apart=False)
    cut = [window for frame in frames for window in packer.pack(frame)]
    return cut + list(packer.flush())


def test_the_cut_is_in_the_middle_of_the_longest_silence_near_the_end() -> None:
    early, late, latest = 400, 660, 755  # the first and longest is too early
    found = packed(
        given(
            (early - 50, True),
            (100, False),
            (late - 10 - early - 50, True),
            (20, False),
            (latest - 5 - late - 10, True),
            (10, False),
            (LONGEST, True),
        )
    )

    assert found[0].next == late


def test_what_was_left_out_makes_a_silence_longer() -> None:
    before, after = given((700, True), (9, False), (50, True), (20, False)), given((600, True))
    skipped = [replace(frame, number=frame.number + 5000) for frame in before[702:]]
    moved = [replace(frame, number=frame.number + 6000) for frame in after]
    found = packed(before[:702] + skipped + moved)

    assert found[0].next == 702


def test_unbroken_speech_is_cut_where_it_is_least_like_speech() -> None:
    chances = np.random.default_rng(1).uniform(0.6, 1.0, 3 * LONGEST)
    nothing = np.zeros(FRAME, np.float32)
    speech = [Frame(at, nothing, float(each), True) for at, each in enumerate(chances)]
    found = packed(speech)

    assert numbers(found) == list(range(3 * LONGEST))
    assert max(len(window.frames) for window in found) * SECOND <= 30.0
    for window in found[:-1]:
        start = window.next - len(window.frames) + 625
        assert window.next == start + int(np.argmin(chances[start : start + LONGEST - 624]))


def test_a_recording_that_is_all_speech_to_us_is_still_cut() -> None:
    found = windows(bundled("en-long.flac"), Options(vad_threshold=0.0))

    assert all(frame.speech for window in found for frame in window.frames)
    assert numbers(found) == list(range(len(frames(bundled("en-long.flac")))))
    assert max(len(window.frames) for window in found) * SECOND <= 30.0


def kept(speech: Sequence[int], total: int) -> Iterator[int]:
    """Frames of speech, or within the pad of it."""
    pad = count(DEFAULT.vad_speech_pad)
    near = np.zeros(total + 2 * pad, bool)
    for number in speech:
        near[number : number + 2 * pad + 1] = True
    return (int(number) for number in np.flatnonzero(near[pad : pad + total]))


def test_what_is_far_from_speech_is_left_out_and_nothing_else() -> None:
    expected = list(kept(detected(talk()), len(frames(talk()))))

    assert numbers(windows_of_talk()) == expected
    assert len(expected) < 0.75 * len(frames(talk()))


def test_nothing_is_left_out_without_voice_activity_detection() -> None:
    found = windows(talk(), Options(vad=False))

    assert numbers(found) == list(range(len(frames(talk()))))
    assert [each for window in found for each in window.speech]


def test_there_are_no_windows_where_nobody_speaks() -> None:
    assert windows(silence(60.0)) == []
    assert len(windows(silence(60.0), Options(vad=False))) == 3


def test_speech_at_the_very_end_is_not_lost() -> None:
    spoken = bundled("en-short.wav")[: round(2.5 * RATE) + 77]
    found = windows(np.concatenate([silence(3.0), spoken]))

    assert found[-1].frames[-1].number == int((5.5 * RATE + 77) / FRAME)
    assert found[-1].frames[-1].speech


def test_times_in_a_window_lead_back_to_times_in_the_recording() -> None:
    found = windows_of_talk()
    joined = [window for window in found if len(window.spans) > 1]
    assert joined

    for window in found:
        timeline, at = Timeline(window.spans), 0.0
        inside = timeline.inside(window.speech)
        assert sum(each.length for each in inside) == pytest.approx(
            sum(each.length for each in window.speech)
        )
        assert inside[0].start >= 0.0
        assert inside[-1].end <= len(window.frames) * SECOND + 1e-9
        for span in window.spans:
            place = timeline.outside(Span(at + 0.05, at + 0.15))
            assert place.start == pytest.approx(span.start + 0.05)
            assert place.end == pytest.approx(span.start + 0.15)
            at += span.length
        for speech, place in zip(window.speech, map(timeline.outside, inside), strict=True):
            assert (place.start, place.end) == pytest.approx((speech.start, speech.end))


def test_stretches_that_may_be_in_several_languages_are_kept_apart() -> None:
    packer = Packer(apart=True)
    frames = given((200, True))
    kept = [*frames[:10], *frames[40:50], *frames[190:]]
    windows = [window for each in kept for window in packer.pack(each)]
    windows += packer.flush()

    assert [len(window.spans) for window in windows] == [2, 1]
