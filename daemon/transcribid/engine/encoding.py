# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Windows through the encoder: in one pass on a GPU, one by one on a CPU.

On a CPU a batch costs the encoder a fifth more than its windows one by one, while beam search
over four windows costs two thirds of four searches (docs/measured.md). So there windows are
encoded singly and searched together, and what is needed of a window later on (another language,
another prompt, its alignment) is taken from its own output instead of being encoded again.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from transcribid.engine.encoder_width import width

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SameWidth:
    """Encoder output for windows of one width, on the device."""

    rows: tuple[int, ...]  # indices of the windows in the batch
    output: Any  # for all of them
    single: tuple[Any, ...] = ()  # for each of them; empty on a GPU


@dataclass(frozen=True, slots=True)
class Encoded:
    """Encoder output for a batch of windows."""

    parts: tuple[SameWidth, ...]

    def pick(self, rows: Sequence[int]) -> "Encoded | None":
        """The output for these windows of the batch; None where it cannot be taken apart."""
        if not all(part.single for part in self.parts):
            return None
        parts: list[SameWidth] = []
        for part in self.parts:
            chosen = [
                (rows.index(row), output)
                for row, output in zip(part.rows, part.single, strict=True)
                if row in rows
            ]
            if chosen:
                parts.append(_joined([at for at, _ in chosen], [each for _, each in chosen]))
        return Encoded(tuple(parts))


class Encoder:
    def __init__(self, model: Any, mels: int, *, trimmed: bool) -> None:
        """`model`: of CTranslate2; `trimmed`: windows get little padding."""
        self._model = model
        self._mels = mels
        self._trimmed = trimmed
        self._singly = model.device == "cpu"

    def encode(
        self,
        features: Sequence[Features],
        silence: float | None = None,
        *,
        full: Sequence[bool] | None = None,
    ) -> Encoded:
        """Encode `features` of shapes (mels, frames), at most 3000 frames.

        `full`: which ones get full padding, whatever the model; none if omitted.

        The padding is silence: the floor of the spectrogram, which is its minimum unless
        `silence` is given (openai/whisper pads the samples before it computes one). Zero, with
        which faster-whisper pads spectrograms, is not silent, nor what Whisper was trained on.
        """
        rows: dict[int, list[int]] = defaultdict(list)
        for row, each in enumerate(features):
            trimmed = self._trimmed and not (full and full[row])
            rows[width(each.shape[1], trimmed=trimmed)].append(row)
        return Encoded(
            tuple(self._part(rows[wide], features, wide, silence) for wide in sorted(rows))
        )

    def _part(
        self,
        rows: Sequence[int],
        features: Sequence[Features],
        wide: int,
        silence: float | None,
    ) -> SameWidth:
        chosen = [features[row] for row in rows]
        if self._singly:
            return _joined(rows, [self._encode([each], wide, silence) for each in chosen])
        return SameWidth(tuple(rows), self._encode(chosen, wide, silence))

    def _encode(self, features: Sequence[Features], wide: int, silence: float | None) -> Any:
        batch = np.empty((len(features), self._mels, wide), np.float32)
        for row, each in zip(batch, features, strict=True):
            row[:, : each.shape[1]] = each
            row[:, each.shape[1] :] = each.min(initial=0.0) if silence is None else silence
        return self._model.encode(ctranslate2.StorageView.from_array(batch))


def _joined(rows: Sequence[int], outputs: Sequence[Any]) -> SameWidth:
    if len(outputs) == 1:
        return SameWidth(tuple(rows), outputs[0], tuple(outputs))
    together = np.concatenate([np.array(each) for each in outputs])
    output = ctranslate2.StorageView.from_array(together)
    return SameWidth(tuple(rows), output, tuple(outputs))
