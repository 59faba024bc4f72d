"""Amplifies quiet audio, within bounds: detector and model know speech at usual levels only.

Recorders of 32-bit floats may leave speech 60 dB below full scale and lower. For the detector,
the gain follows from the loudest frame of the recording so far; for the model, from the peak of
each window. Both depend only on samples that are the same after a restart.
"""

import numpy as np
from numpy.typing import NDArray

_MOST = 10.0 ** (30 / 20)  # maximum gain: noise must not become speech
_LEAST = 1e-9


def gain(loudness: NDArray[np.float32], wanted: float) -> NDArray[np.float32]:
    """The gain that brings `loudness` to `wanted`, at least 1.

    >>> gain(np.float32([1.0, 0.01, 0.00001]), 0.1).round().tolist()
    [1.0, 10.0, 32.0]
    """
    return np.clip(wanted / np.maximum(loudness, _LEAST), 1.0, _MOST).astype(np.float32)


class Loudness:
    """Tracks the maximum level of a recording, frame by frame."""

    SIZE = 3  # numbers in its state

    def __init__(self, memory: NDArray[np.float32]) -> None:
        """`memory`: the state of an earlier instance; zeros at first."""
        self.memory = memory

    def follow(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """The maximum RMS level up to each frame, ignoring clicks of up to two frames."""
        own = np.sqrt(np.mean(np.square(frames), axis=1))
        around = np.concatenate([self.memory[1:], own])
        lasting = np.minimum(np.minimum(around[:-2], around[1:-1]), around[2:])
        loudest = np.maximum.accumulate(np.concatenate([self.memory[:1], lasting]))
        self.memory = np.concatenate([loudest[-1:], around[-2:]])
        return np.maximum(loudest[1:], own)
