"""Downmixes channels to mono without losing anybody who speaks in any of them.

Adding channels is right only where they carry the same signal: what two of them carry with
opposite signs cancels out (a cable soldered the wrong way, a "wide" effect, one of two speakers
recorded as the side signal). swresample mixes by the layout that a file declares or that it
guesses from the number of channels, and drops a low-frequency channel, which is often just the
fourth microphone.

Here the samples alone decide, second by second. Channels 30 dB below the loudest are left out.
If the sum is clearly louder than that of uncorrelated signals (1.6 times the energy of the
parts), the channels are added. Otherwise every other channel is shifted in phase by 90 degrees
first. Two signals in quadrature never cancel: their energies add, whatever their signs, and
neither human hearing nor a log-mel spectrogram is sensitive to phase. Of three and more, each
half is added with the signs that make it louder. The mix is as loud as the loudest channel, and
each second is crossfaded into the next.

NaN and infinite samples count as silence. Some programs write floats in the scale of integers:
once a tenth of a second is far beyond full scale, the file is divided by 2^15, 2^23 or 2^31. A
burst of wild samples is clipped.

A DC offset (of a cheap sound card) is no signal, but has energy: it is removed first, or it
would make a silent channel the loudest and quiet speech loud enough.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from transcribid.preparer.frames import Channels

_QUIET = 1e-3  # of the energy of the loudest channel: 30 dB below it
_AGREEING = 1.6  # times the energy of the parts: the channels carry the same signal
_FADE = 0.02  # seconds of crossfade from one mix to the next
_REACH = 0.01  # seconds before and after a sample that the phase shifter covers
_SCALES = (1.0, 2.0**15, 2.0**23, 2.0**31)  # full scale of floats, as programs write them
_BEYOND = 8.0  # times full scale: 18 dB above it, a recording has another scale
_CLICK = 0.999  # of the samples; louder ones may be a click, and are clipped
_BURST = 0.9  # of the samples; louder ones may be a fault of some programs
_OFFSET = 1e-3  # of full scale; a mean beyond it is a DC offset, and so is one that has
_CONSTANT = 0.25  # of the energy

Mono = NDArray[np.float32]


class Mixer:
    """Mixes one recording's channels, as long as their number and rate stay the same."""

    def __init__(self, channels: int, rate: int, scale: float = 1.0) -> None:
        """`scale` is that of an earlier mixer of the recording."""
        self.scale = scale
        self._channels, self._rate = channels, rate
        self._reach = max(1, round(_REACH * rate))
        self._waiting: list[Channels] = []
        self._length = 0
        self._before = np.zeros(
            (channels, self._reach), np.float32
        )  # context of the next second
        self._weights: NDArray[np.complex64] | None = None

    def add(self, samples: Channels) -> Iterator[Mono]:
        """The mix of each second that is complete, with the context after it."""
        self._waiting.append(samples)
        self._length += samples.shape[1]
        while self._length >= self._rate + self._reach:
            joined = np.concatenate(self._waiting, axis=1)
            self._waiting, self._length = (
                [joined[:, self._rate :]],
                self._length - self._rate,
            )
            yield self._mixed(joined[:, : self._rate], joined[:, self._rate :])

    def flush(self) -> Iterator[Mono]:
        if self._length:
            joined = np.concatenate(self._waiting, axis=1)
            self._waiting, self._length = [], 0
            yield self._mixed(joined, joined[:, :0])

    def _mixed(self, second: Channels, after: Channels) -> Mono:
        second, self.scale = _bounded(second, self.scale)
        offset = _offset(second)
        second = second - offset if np.any(offset) else second
        if self._channels == 1:
            return np.clip(second[0], -1.0, 1.0)
        after = _bounded(after[:, : self._reach], self.scale)[0] - offset
        weights = _weights(second)
        before = weights if self._weights is None else self._weights
        mixed = self._applied(weights, second, after)
        if not np.array_equal(before, weights):
            old = self._applied(before, second, after)
            mixed = old + self._fading(len(mixed)) * (mixed - old)
        self._weights = weights
        self._before = second[:, -self._reach :]
        return np.clip(mixed, -1.0, 1.0).astype(np.float32)

    def _fading(self, samples: int) -> Mono:
        """A ramp from 0 to 1, then 1."""
        times = np.arange(samples, dtype=np.float32) / np.float32(self._rate)
        return np.minimum(times / np.float32(_FADE), np.float32(1.0))

    def _applied(
        self, weights: NDArray[np.complex64], second: Channels, after: Channels
    ) -> NDArray[np.float32]:
        """Mix by the real parts of the weights, and by the imaginary ones shifted in phase."""
        mixed = weights.real @ second
        if np.any(weights.imag):
            around = np.concatenate([self._before, second, after], axis=1)
            shifted = _shifted(weights.imag @ around, self._reach)
            start = self._before.shape[1]
            mixed = mixed + shifted[start : start + second.shape[1]]
        return mixed


def _bounded(samples: Channels, scale: float) -> tuple[Channels, float]:
    """The samples in -1 to 1, and the scale found."""
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0) / np.float32(scale)
    lasting = _loudest(finite, _BURST)
    for wider in _SCALES:
        if wider > scale and lasting > _BEYOND:
            finite, lasting = finite * np.float32(scale / wider), lasting * scale / wider
            scale = wider
    if 1.0 < (peak := _loudest(finite, _CLICK)) <= _BEYOND:
        finite /= np.float32(peak)
    return np.clip(finite, -1.0, 1.0), scale


def _loudest(samples: Channels, share: float) -> float:
    """The level that this share of the samples stays within."""
    flat = np.abs(samples).ravel()
    if not len(flat):
        return 0.0
    rank = max(0, round(len(flat) * share) - 1)
    return float(np.partition(flat, rank)[rank])


def _offset(second: Channels) -> Channels:
    """The DC offset of each channel, of shape (channels, 1)."""
    mean = np.mean(second, axis=1, keepdims=True, dtype=np.float64)
    energy = np.mean(np.square(second), axis=1, keepdims=True, dtype=np.float64)
    constant = (np.abs(mean) > _OFFSET) | (np.square(mean) > _CONSTANT * energy)
    return np.where(constant, mean, 0.0).astype(np.float32)


def _weights(second: Channels) -> NDArray[np.complex64]:
    """The weight of each channel; the imaginary part is for the channel shifted in phase."""
    energies = np.einsum("cn,cn->c", second, second, dtype=np.float64)
    loudest = energies.max(initial=0.0)
    used = energies > _QUIET * loudest
    if not used.any():
        return np.zeros(len(second), np.complex64)
    added = used @ second
    energy = float(np.dot(added, added))
    weights = used.astype(np.complex64)
    if used.sum() > 1 and energy < _AGREEING * float(energies[used].sum()):
        channels = np.flatnonzero(used)
        for half, phase in ((channels[::2], 1.0), (channels[1::2], 1j)):
            weights[half] = phase * _signs(second[half])
        energy = _energy(second, weights)
    return weights * np.float32(np.sqrt(loudest / max(energy, loudest / len(second))))


def _signs(channels: Channels) -> NDArray[np.float32]:
    """The sign of each channel with which it adds to those before instead of cancelling."""
    signs = np.ones(len(channels), np.float32)
    added = channels[0].copy()
    for number, channel in enumerate(channels[1:], 1):
        signs[number] = 1.0 if np.dot(added, channel) >= 0.0 else -1.0
        added += signs[number] * channel
    return signs


def _energy(second: Channels, weights: NDArray[np.complex64]) -> float:
    """The energy of the mix in quadrature."""
    plain, shifted = weights.real @ second, weights.imag @ second
    return float(np.dot(plain, plain) + np.dot(shifted, shifted))


def _shifted(samples: Mono, reach: int) -> Mono:
    """By 90 degrees: a Hilbert transformer with 2 * reach + 1 taps (Oppenheim and Schafer)."""
    taps = np.arange(-reach, reach + 1)
    odd = taps % 2 == 1
    kernel = np.zeros(len(taps))
    kernel[odd] = 2.0 / (np.pi * taps[odd])
    kernel *= np.hamming(len(taps))
    size = len(samples) + len(kernel) - 1
    product = np.fft.rfft(samples, size) * np.fft.rfft(kernel, size)
    return np.fft.irfft(product, size)[reach : reach + len(samples)].astype(np.float32)
