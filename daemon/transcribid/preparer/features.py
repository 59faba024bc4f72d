"""Computes Whisper's input: a log-mel spectrogram."""

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from transcribid.preparer.gain import gain
from transcribid.preparer.mono import RATE, Samples

HOP = 160  # samples from one frame to the next: 10 ms
_WINDOW = 400  # samples in one Fourier transform
_WANTED = 0.05  # peak, 26 dB below full scale
_DYNAMIC_RANGE = 8.0  # in powers of ten below the loudest, as openai/whisper, audio.py

Features = NDArray[np.float32]


def log_mel(samples: Samples, mels: int) -> Features:
    """The spectrogram, of shape (mels, len(samples) // 160), as faster-whisper computes it.

    Very quiet audio is amplified first.
    """
    samples = samples * gain(np.abs(samples).max(initial=0.0), _WANTED)
    padded = np.pad(np.pad(samples, (0, HOP)), _WINDOW // 2, mode="reflect")
    frames = sliding_window_view(padded, _WINDOW)[::HOP][: len(samples) // HOP]
    spectrum = np.fft.rfft(frames * _hann(), axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    found: Features = np.log10(np.maximum(_filters(mels) @ power.T.astype(np.float32), 1e-10))
    floor = np.float32(found.max() - _DYNAMIC_RANGE)
    return np.divide(np.maximum(found, floor) + 4.0, 4.0, dtype=np.float32)


@cache
def _hann() -> NDArray[np.float32]:
    return np.hanning(_WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters(mels: int) -> NDArray[np.float32]:
    """Triangular filters of equal area on Slaney's mel scale, of shape (mels, 201)."""
    bins = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    edges = _hertz(np.linspace(0.0, _mel(RATE / 2), mels + 2))
    widths = np.diff(edges)
    slopes = edges[:, None] - bins[None, :]
    rising, falling = -slopes[:-2] / widths[:-1, None], slopes[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


# Slaney's scale (Auditory Toolbox, 1998): linear up to 1 kHz, logarithmic above.
_LINEAR = 200.0 / 3  # hertz for each mel
_KNEE = 1000.0  # hertz
_STEP = np.log(6.4) / 27.0


def _mel(hertz: float) -> float:
    return float(_KNEE / _LINEAR + np.log(hertz / _KNEE) / _STEP)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _KNEE * np.exp(_STEP * (mels - _KNEE / _LINEAR))
    return np.where(mels >= _KNEE / _LINEAR, above, mels * _LINEAR)
