"""With less silence behind the sound, a window's words depend on no other window."""

from collections.abc import Sequence

import pytest

from support.sounds import bundled
from transcribid import starter
from transcribid.domain.gate import DecodeResult
from transcribid.domain.options import Task
from transcribid.domain.transcript import Word
from transcribid.engine.device import Device
from transcribid.engine.encoder_width import MEASURED, trims, width
from transcribid.engine.loading import load
from transcribid.engine.model import DecodingOptions, WhisperModel
from transcribid.preparer.features import Features, log_mel
from transcribid.preparer.mono import RATE

OPTIONS = DecodingOptions(Task.TRANSCRIBE, 5, None, None)
SECONDS = (2.5, 14.0, 4.0, 19.0, 28.0, 7.0)  # in four widths, and not in their order


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    return load(starter.MODEL, Device("cpu", 0, "int8", 1, 1, 1, 1), trimmed=True)


@pytest.fixture(scope="module")
def windows() -> list[Features]:
    """Of one recording, each a second later than the one before."""
    sound = bundled("en-long.flac")
    return [
        log_mel(sound[number * RATE : round((number + length) * RATE)], 80)
        for number, length in enumerate(SECONDS)
    ]


def decoded(model: WhisperModel, windows: Sequence[Features]) -> list[DecodeResult]:
    frames = [each.shape[1] for each in windows]
    return model.decode(model.encode(windows), frames, ["en"] * len(windows), OPTIONS)


def placed(words: Sequence[Word]) -> list[tuple[str, float, float]]:
    return [(word.text, word.start, word.end) for word in words]


def test_words_and_times_are_those_of_the_window_alone(
    model: WhisperModel, windows: Sequence[Features]
) -> None:
    assert len({width(each.shape[1], trimmed=True) for each in windows}) == 4

    together = decoded(model, windows)

    for window, result in zip(windows, together, strict=True):
        (alone,) = decoded(model, [window])
        assert alone.words
        assert placed(result.words) == placed(alone.words)


def test_languages_are_those_of_the_window_alone(
    model: WhisperModel, windows: Sequence[Features]
) -> None:
    together = model.detect_languages(model.encode(windows))

    for window, found in zip(windows, together, strict=True):
        (alone,) = model.detect_languages(model.encode([window]))
        assert found == pytest.approx(alone, abs=2e-3)


def test_some_windows_of_a_batch_are_decoded_as_they_would_be_alone(
    model: WhisperModel, windows: Sequence[Features]
) -> None:
    rows = [4, 0, 2]
    some = model.encode(windows).pick(rows)
    assert some

    chosen = [windows[row] for row in rows]
    frames = [each.shape[1] for each in chosen]
    results = model.decode(some, frames, ["en"] * len(rows), OPTIONS)

    for window, result in zip(chosen, results, strict=True):
        (alone,) = decoded(model, [window])
        assert placed(result.words) == placed(alone.words)


def test_only_measured_models_are_trimmed_and_not_where_somebody_wants_all() -> None:
    (base, *_) = MEASURED

    assert trims("auto", base)
    assert not trims("full", base)
    assert not trims("auto", "0" * 64)
