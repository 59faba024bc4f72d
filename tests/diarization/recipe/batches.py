"""Mixtures as the networks are given them, ten seconds at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from pyannote.audio import Model
from torch import Tensor

from diarization.recipe.mixtures import Mixture
from recipe.utterances import RATE

SECONDS = 10.0
AT_ONCE = 3  # voices in ten seconds


@dataclass(frozen=True, slots=True)
class Batch:
    audio: Tensor  # (mixtures, 1, samples)
    activity: Tensor  # (mixtures, frames, AT_ONCE): 1.0 where that voice speaks
    voices: Tensor  # (mixtures, AT_ONCE): number of the voice, -1: none


class Pool:
    """All mixtures to learn from, in memory."""

    def __init__(self, mixtures: Iterable[Mixture], names: list[str], network: Model) -> None:
        """The frames are those of this network."""
        kept = list(mixtures)
        times = _times(network)
        self._audio = np.stack([each.audio for each in kept])
        self._activity = np.stack([each.activity(times, AT_ONCE) for each in kept])
        self._voices = np.array([_numbers(each.voices, names) for each in kept])

    def __len__(self) -> int:
        return len(self._audio)

    def batches(self, size: int, seed: int) -> Iterator[Batch]:
        """Without end; each mixture once before any comes again."""
        order = np.random.default_rng(seed)
        while True:
            mixed = order.permutation(len(self._audio))
            for first in range(0, len(mixed) - size + 1, size):
                yield self._batch(mixed[first : first + size])

    def _batch(self, chosen: np.ndarray) -> Batch:
        audio = torch.from_numpy(self._audio[chosen].astype(np.float32) / 32768)
        activity = torch.from_numpy(self._activity[chosen].astype(np.float32))
        return Batch(audio[:, None], activity, torch.from_numpy(self._voices[chosen]))


def _times(network: Model) -> np.ndarray:
    """The middle of each frame of ten seconds."""
    frame = network.receptive_field
    count = network.num_frames(round(SECONDS * RATE))
    return np.array([frame[number].middle for number in range(count)])


def _numbers(voices: list[str], names: list[str]) -> list[int]:
    numbers = [names.index(voice) for voice in voices]
    return numbers + [-1] * (AT_ONCE - len(numbers))
