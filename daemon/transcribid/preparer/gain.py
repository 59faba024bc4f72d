"""Quiet sound made louder, within bounds: detector and model know speech at usual levels only.

Recorders of 32-bit floats leave speech wherever it was, 60 dB below full scale and less. It is
not the detector's business how loud somebody speaks, so it hears the recording as loud as the
loudest of it so far would have to be; the model sees each window by its own peak. Both depend
on samples that are the same after a restart.
"""

import numpy as np
from numpy.typing import NDArray

_MOST = 10.0 ** (30 / 20)  # times louder: noise must not become speech
_LEAST = 1e-9


def gain(loudness: NDArray[np.float32], wanted: float) -> NDArray[np.float32]:
    """How many times louder it has to be, at least 1.

    >>> gain(np.float32([1.0, 0.01, 0.00001]), 0.1).round().tolist()
    [1.0, 10.0, 32.0]
    """
    return np.clip(wanted / np.maximum(loudness, _LEAST), 1.0, _MOST).astype(np.float32)


class Loudness:
    """The loudest of a recording so far, as frames of it come."""

    SIZE = 3  # numbers that it remembers

    def __init__(self, memory: NDArray[np.float32]) -> None:
        """`memory` as another one kept it; zeros at first."""
        self.memory = memory

    def follow(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """The loudest up to each frame, a root mean square; a click of two frames is none."""
        own = np.sqrt(np.mean(np.square(frames), axis=1))
        around = np.concatenate([self.memory[1:], own])
        lasting = np.minimum(np.minimum(around[:-2], around[1:-1]), around[2:])
        loudest = np.maximum.accumulate(np.concatenate([self.memory[:1], lasting]))
        self.memory = np.concatenate([loudest[-1:], around[-2:]])
        return np.maximum(loudest[1:], own)
