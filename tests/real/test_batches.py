"""Several windows of real speech decoded together, each as it is alone."""

import numpy as np
import pytest
from faster_whisper import decode_audio

from real import voices
from real.download import Unavailable
from real.weights import Model, weights
from transcribid.domain.gate import DecodeResult
from transcribid.domain.options import Task
from transcribid.engine.device import Device
from transcribid.engine.loading import load
from transcribid.engine.model import DecodingOptions, WhisperModel
from transcribid.preparer.features import Features, log_mel
from transcribid.preparer.mono import RATE

pytestmark = pytest.mark.real

OPTIONS = DecodingOptions(Task.TRANSCRIBE, 5, None, None)
SECONDS = (27, 6, 14, 28, 5, 26, 7, 12)  # so that no width is alone


@pytest.fixture(scope="module")
def model() -> WhisperModel:
    try:
        return load(weights(Model.BASE), Device("cpu", 0, "int8", 1, 4, 1, 1), trimmed=True)
    except Unavailable as absent:
        pytest.skip(f"base: {absent}")


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> list[Features]:
    folder = tmp_path_factory.mktemp("voices")
    try:
        (recording,) = voices.build("es_2min", folder / "es_2min").recordings
    except Unavailable as absent:
        pytest.skip(f"es_2min: {absent}")
    sound = np.asarray(decode_audio(str(recording.path), sampling_rate=RATE), np.float32)
    found: list[Features] = []
    start = 0
    for seconds in SECONDS:
        found.append(log_mel(sound[start * RATE : (start + seconds) * RATE], 80))
        start += seconds - 2
    return found


def decoded(
    model: WhisperModel, windows: list[Features], languages: list[str]
) -> list[DecodeResult]:
    frames = [each.shape[1] for each in windows]
    return model.decode(model.encode(windows), frames, languages, OPTIONS)


@pytest.mark.parametrize("size", [2, 3, 8])
def test_words_times_and_certainty_are_those_of_a_window_alone(
    model: WhisperModel, windows: list[Features], size: int
) -> None:
    languages = ["es", "es", "en", "es", "es", "es", "it", "es"]
    alone = [
        decoded(model, [window], [language])[0]
        for window, language in zip(windows, languages, strict=True)
    ]

    together = [
        result
        for at in range(0, len(windows), size)
        for result in decoded(model, windows[at : at + size], languages[at : at + size])
    ]

    assert sum(len(each.words) for each in alone) > 150
    for one, other in zip(alone, together, strict=True):
        assert [(each.text, each.start, each.end) for each in other.words] == [
            (each.text, each.start, each.end) for each in one.words
        ]
        assert other.average_log_probability == pytest.approx(
            one.average_log_probability, abs=1e-3
        )
