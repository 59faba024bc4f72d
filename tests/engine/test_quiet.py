"""Very quiet speech is transcribed, and very quiet noise is still none."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from support.sounds import bundled, noise, silence
from support.wav import floats
from transcribid import starter
from transcribid.domain.job import JobId
from transcribid.domain.options import Options
from transcribid.engine.engine import WhisperEngine
from transcribid.preparer.decode import Recording
from transcribid.preparer.features import log_mel
from transcribid.preparer.gain import Loudness
from transcribid.preparer.listening import Listening
from transcribid.preparer.mono import Samples
from transcribid.preparer.speech import FRAME
from transcribid.protocol.engine import Request, Settings, Success


@pytest.fixture(scope="module")
def engine() -> Iterator[WhisperEngine]:
    with WhisperEngine(Settings("starter", "cpu", "int8")) as engine:
        yield engine


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def transcribed(engine: WhisperEngine, path: Path, options: Options) -> list[str]:
    request = Request(JobId(1), 1, str(path), "aa", options, 3600.0, accept_partial=True)
    *_, verdict = engine.transcribe(request)
    assert isinstance(verdict, Success)
    return words(verdict.transcript.text)


def quieter(samples: Samples, decibels: float) -> Samples:
    return samples * np.float32(10.0 ** (-decibels / 20))


@pytest.mark.parametrize("decibels", [55.0, 60.0])
@pytest.mark.parametrize("name", ["en-short.wav", "es-short.m4a"])
def test_speech_far_below_full_scale_is_transcribed_word_by_word(
    engine: WhisperEngine, tmp_path: Path, name: str, decibels: float
) -> None:
    path = floats(tmp_path / "a.wav", quieter(bundled(name), decibels))
    expected = (starter.RECORDINGS / name).with_suffix(".txt").read_text(encoding="utf-8")

    assert transcribed(engine, path, Options()) == words(expected)


@pytest.mark.parametrize("vad", [True, False])
@pytest.mark.parametrize("decibels", [35.0, 60.0])
def test_noise_far_below_full_scale_has_no_words(
    engine: WhisperEngine, tmp_path: Path, decibels: float, vad: bool
) -> None:
    path = floats(tmp_path / "a.wav", quieter(noise(30.0), decibels))

    assert transcribed(engine, path, Options(vad=vad)) == []


def test_after_any_bookmark_a_quiet_recording_goes_on_as_it_would_have(tmp_path: Path) -> None:
    loud, quiet = bundled("en-short.wav"), quieter(bundled("en-long.flac"), 55.0)
    path = floats(tmp_path / "a.wav", np.concatenate([quiet, silence(5.0), loud, quiet]))

    def windows(bookmark: str | None) -> list[tuple[bytes, str]]:
        with path.open("rb") as file:
            listening = Listening(Options(multilingual=True), bookmark)
            return [
                (samples.tobytes(), listening.bookmark(window))
                for window in listening.windows(Recording(file, 3600.0).blocks())
                if window
                for samples in [np.concatenate([frame.samples for frame in window.frames])]
            ]

    undisturbed = windows(None)

    assert len(undisturbed) >= 3
    for at, (_, bookmark) in enumerate(undisturbed, 1):
        assert windows(bookmark) == undisturbed[at:]


def test_a_click_is_not_taken_for_the_loudness_of_the_speech() -> None:
    frames = np.full((20, FRAME), 0.001, np.float32)
    frames[5:7] = 0.5
    loudness = Loudness(np.zeros(Loudness.SIZE, np.float32))
    followed = loudness.follow(frames)

    np.testing.assert_allclose(followed[7:], 0.001, rtol=1e-5)
    np.testing.assert_allclose(followed[5:7], 0.5, rtol=1e-5)


def test_loudness_does_not_depend_on_how_the_recording_is_cut() -> None:
    frames = bundled("en-short.wav")[: 100 * FRAME].reshape(-1, FRAME)
    at_once = Loudness(np.zeros(Loudness.SIZE, np.float32)).follow(frames)
    piecewise = Loudness(np.zeros(Loudness.SIZE, np.float32))
    pieces = [piecewise.follow(part) for part in np.array_split(frames, 37)]

    np.testing.assert_array_equal(np.concatenate(pieces), at_once)


def test_the_model_sees_usual_speech_as_it_is() -> None:
    speech = bundled("en-short.wav")

    np.testing.assert_allclose(
        log_mel(quieter(speech, 42.0), 80), log_mel(quieter(speech, 30.0), 80), atol=1e-3
    )
    np.testing.assert_allclose(
        log_mel(speech, 80) - log_mel(quieter(speech, 10.0), 80), 0.25, atol=1e-3
    )
