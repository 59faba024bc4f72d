# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""Voice activity detection: the Silero model on a stream of frames."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from transcribid.preparer.gain import Loudness, gain
from transcribid.preparer.mono import RATE, Samples

FRAME = 512  # samples per frame, which the model was trained on
FRAMES_PER_SECOND = RATE / FRAME
_WANTED = 0.01  # root mean square of the loudest frame: 40 dB below full scale
_CONTEXT = 64  # samples of the frame before
_STATE = (1, 1, 128)  # shape of the model's two recurrent states


class SpeechDetector:
    """Keeps the recurrent state, so that any split into calls gives the same result."""

    def __init__(self, state: bytes | None = None) -> None:
        """`state` of another detector, to continue where it was."""
        self._model = _load()
        size = _CONTEXT + 256 + Loudness.SIZE
        kept = np.frombuffer(state, np.float32) if state else np.zeros(size, "f4")
        parts = np.split(kept, (_CONTEXT, _CONTEXT + 128, _CONTEXT + 256))
        self._context, hidden, cell, loudness = parts
        self._loudness = Loudness(loudness)
        self._states: list[Any] = [hidden.reshape(_STATE), cell.reshape(_STATE)]

    @property
    def state(self) -> bytes:
        parts = (self._context, *self._states, self._loudness.memory)
        return b"".join(part.tobytes() for part in parts)

    def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """The probability of speech, 0 to 1, of each frame; `samples` are whole frames."""
        frames = samples.reshape(-1, FRAME)
        tails = frames[:, -_CONTEXT:]
        contexts = np.concatenate([self._context[None], tails[:-1]])
        louder = gain(self._loudness.follow(frames), _WANTED)
        inputs = np.concatenate([contexts, frames], axis=1) * louder[:, None]
        hidden, cell = self._states
        found, *self._states = self._model.run(None, {"input": inputs, "h": hidden, "c": cell})
        self._context = tails[-1].copy()
        return np.asarray(found, np.float32).ravel()


def _load() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1  # two cost twice as much
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        _weights(), providers=["CPUExecutionProvider"], sess_options=options
    )


def _weights() -> Path:
    """They ship with faster-whisper, which is too heavy to import here."""
    package = find_spec("faster_whisper")
    if package is None or not package.submodule_search_locations:
        raise ImportError("faster_whisper is not installed")
    return Path(package.submodule_search_locations[0]) / "assets" / "silero_vad_v6.onnx"
