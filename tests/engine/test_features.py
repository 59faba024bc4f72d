"""What Whisper sees: as faster-whisper computes it."""

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from support.sounds import bundled, noise, silence
from transcribid.preparer.features import log_mel
from transcribid.preparer.mono import RATE, Samples

SOUNDS = {
    "half a minute": lambda: bundled("en-long.flac")[: 30 * RATE],
    "a few seconds": lambda: bundled("es-short.m4a")[: 4 * RATE + 77],
    "a frame": lambda: bundled("en-long.flac")[RATE : RATE + 512],
    "noise": lambda: noise(5.0),
    "silence": lambda: silence(5.0),
}


@pytest.mark.parametrize("mels", [80, 128])
@pytest.mark.parametrize("sound", SOUNDS)
def test_features_are_those_of_faster_whisper(sound: str, mels: int) -> None:
    samples: Samples = SOUNDS[sound]()
    expected = FeatureExtractor(feature_size=mels)(samples)[:, : len(samples) // 160]
    found = log_mel(samples, mels)

    assert found.dtype == np.float32
    assert found.shape == (mels, len(samples) // 160)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_two_models_see_different_bands() -> None:
    samples = bundled("es-short.m4a")[:RATE]

    assert not np.allclose(log_mel(samples, 80), log_mel(samples, 128)[:80], atol=0.1)
