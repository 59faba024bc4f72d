"""Voice activity as a stream: as the whole-file model, whatever the blocks and the pauses."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model

from support.sounds import bundled, noise, silence
from transcribid.preparer.hysteresis import Hysteresis
from transcribid.preparer.mono import Samples
from transcribid.preparer.speech import FRAME, SpeechDetector


@cache
def sound() -> Samples:
    parts = [bundled("en-noisy.ogg"), silence(3.0), bundled("es-meeting.mp3")]
    joined = np.concatenate([noise(0.5), *parts])  # so loud from the start, it has no gain
    return joined[: len(joined) // FRAME * FRAME]


@cache
def whole() -> Samples:
    """As faster-whisper judges it; it loses the end of the very last frame."""
    judge: Any = get_vad_model()
    return judge(sound().copy()).ravel()[:-1]


def cut(sizes: Sequence[int]) -> list[Samples]:
    """Blocks of so many frames, and the rest."""
    return np.split(sound(), np.cumsum(sizes) * FRAME)


@pytest.mark.parametrize("sizes", [(), (1, 1, 1), (32,) * 30, (7, 1, 300, 32)])
def test_a_stream_is_judged_as_the_whole_file_frame_by_frame(sizes: Sequence[int]) -> None:
    detector = SpeechDetector()
    streamed = np.concatenate([detector.probabilities(block) for block in cut(sizes)])

    assert len(streamed) == len(sound()) // FRAME
    assert whole().max() > 0.9
    np.testing.assert_allclose(streamed[:-1], whole(), atol=1e-5)


def test_a_detector_goes_on_where_another_one_was() -> None:
    before, after = cut([500])
    first = SpeechDetector()
    first.probabilities(before)
    expected = first.state, SpeechDetector(first.state).probabilities(after)

    assert (first.state, list(first.probabilities(after))) == (expected[0], list(expected[1]))
    np.testing.assert_allclose(expected[1][:-1], whole()[500:], atol=1e-5)


def test_a_detector_without_a_past_judges_differently() -> None:
    fresh = SpeechDetector().probabilities(cut([500])[1])

    assert np.abs(fresh[:-1] - whole()[500:]).max() > 0.01


def decided(probabilities: Sequence[float], *, resumed_at: int | None = None) -> str:
    """S for speech, a dot for silence, one for each frame."""
    hysteresis = Hysteresis(0.5, min_speech=2, min_silence=3)
    found: list[bool] = []
    for at, probability in enumerate(probabilities):
        if at == resumed_at:
            speaking, pending = hysteresis.speaking, hysteresis.pending
            hysteresis = Hysteresis(0.5, 2, 3, speaking, pending)
        found += hysteresis.decide(probability)
    found += hysteresis.flush()
    return "".join("S" if speech else "." for speech in found)


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([], ""),
        ([0.1, 0.9, 0.1, 0.1], "...."),  # too short to be speech
        ([0.1, 0.5, 0.5, 0.1, 0.1, 0.1], ".SS..."),
        ([0.9, 0.9, 0.1, 0.1, 0.9, 0.1], "SSSSSS"),  # too short to be silence
        ([0.9, 0.9, 0.4, 0.4, 0.4, 0.4], "SSSSSS"),  # fading, but not gone
        ([0.9, 0.9, 0.3, 0.4, 0.4, 0.9], "SS...."),  # gone, and not yet back
        ([0.1, 0.1, 0.9], "..."),
    ],
)
def test_speech_begins_and_ends_only_after_a_while(
    probabilities: list[float], expected: str
) -> None:
    assert decided(probabilities) == expected


def test_decisions_are_the_same_after_a_pause_at_any_frame() -> None:
    probabilities = [0.1, 0.9, 0.1, 0.9, 0.9, 0.2, 0.9, 0.2, 0.2, 0.4, 0.9, 0.9, 0.9, 0.1]
    undisturbed = decided(probabilities)

    assert {decided(probabilities, resumed_at=at) for at in range(14)} == {undisturbed}
