"""Where the model is unsure of a language, it is asked twice, and the mean counts."""

from collections.abc import Sequence

import pytest

from support.sounds import bundled
from transcribid import starter
from transcribid.domain.job import JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Performer, Span
from transcribid.engine.active_recording import ActiveRecording, Piece, Window
from transcribid.engine.decoding import Decoder
from transcribid.engine.device import Device
from transcribid.engine.language_choice import SURE
from transcribid.engine.loading import load
from transcribid.engine.model import WhisperModel
from transcribid.preparer.features import Features, log_mel
from transcribid.protocol.engine import Request

SYLLABLE = 0.2  # seconds


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    return loaded(trimmed=False)


def loaded(*, trimmed: bool) -> WhisperModel:
    return load(starter.MODEL, Device("cpu", 0, "int8", 1, 1, 1, 1), trimmed=trimmed)


def syllables() -> Sequence[Features]:
    """Its language is uncertain."""
    sound = bundled("en-short.wav")
    size = int(SYLLABLE * 16_000)
    return [log_mel(sound[at : at + size], 80) for at in range(0, len(sound) - size, size)]


def asked(model: WhisperModel, features: Features, padding: float | None) -> dict[str, float]:
    (found,) = model.detect_languages(model.encode([features], padding))
    return dict(found)


def test_the_mean_of_both_paddings_counts_where_one_is_unsure(model: WhisperModel) -> None:
    checked = {True: 0, False: 0}
    for features in syllables():
        once, other = asked(model, features, None), asked(model, features, 0.0)
        unsure = max(once.values()) < SURE
        (window_result,) = Decoder(model).decode([piece(features)])

        language = window_result.language
        expected = (once[language] + other[language]) / 2 if unsure else once[language]
        assert window_result.language_probability == pytest.approx(expected, abs=2e-4)
        checked[unsure] += 1
    assert all(checked.values()), "both kinds are needed"


def test_a_trimmed_encoder_gets_all_the_silence_where_it_is_unsure_of_the_language(
    model: WhisperModel,
) -> None:
    trimmed = loaded(trimmed=True)
    unsure = [
        features
        for features in syllables()
        if max(asked(trimmed, features, None).values()) < SURE
    ]
    assert len(unsure) > 3
    windows = [piece(features) for features in unsure]

    results = Decoder(trimmed).decode(windows)

    for result, expected in zip(results, Decoder(model).decode(windows), strict=True):
        assert result.language == expected.language
        assert result.words == expected.words
        assert result.language_probability == pytest.approx(
            expected.language_probability, abs=2e-3
        )


def piece(features: Features) -> Piece:
    whole = (Span(0.0, SYLLABLE),)
    request = Request(JobId(1), 1, "a", "aa", Options(), 60.0, accept_partial=True)
    performer = Performer("starter", "cpu", "int8", "these libraries")
    recording = ActiveRecording(request, performer, lambda _: None, 80)
    return Piece(recording, Window(0, features, whole, whole, "here"))
