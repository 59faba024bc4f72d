"""Log-mel features, by the same rules as faster-whisper."""

import math
from functools import cache
from random import Random

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor

from recipe import noise
from recipe.utterances import RATE, Samples

MELS = 80

_HOP, _WINDOW = 160, 400  # samples


def log_mel(audio: Samples, valid: list[int], random: Random) -> torch.Tensor:
    """Of a batch (windows, samples), each with so many samples before its padding begins."""
    power = _power(torch.from_numpy(audio))
    for window in range(len(power)):
        if random.random() < 0.25:
            power[window] = noise.on_a_line(power[window], random)
    features = torch.log10((_filters() @ power).clamp(min=1e-10))
    for window, samples in zip(features, valid, strict=True):
        _normalise(window, math.ceil(samples / _HOP), random)
    return features


def _power(audio: torch.Tensor) -> torch.Tensor:
    hann = torch.hann_window(_WINDOW)
    spectrum = torch.stft(audio, _WINDOW, _HOP, window=hann, return_complex=True)[..., :-1]
    return spectrum.real**2 + spectrum.imag**2


def _normalise(features: torch.Tensor, frames: int, random: Random) -> None:
    heard = features[:, :frames]
    loudest = heard.max()
    if random.random() < 0.25:
        loudest = loudest + random.uniform(0, 0.6)  # the maximum is that of the whole file
    features[:, :frames] = (torch.maximum(heard, loudest - 8.0) + 4.0) / 4.0
    features[:, frames:] = 0.0  # faster-whisper pads features, not sound


@cache
def _filters() -> torch.Tensor:
    filters = FeatureExtractor.get_mel_filters(RATE, _WINDOW, MELS)
    return torch.from_numpy(filters.astype(np.float32))
