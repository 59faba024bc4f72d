# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""Where there is speech: the Silero model, fed as a stream."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from transcribid.preparer.gain import Loudness, gain
from transcribid.preparer.mono import RATE, Samples

FRAME = 512  # samples that are judged at once; what the model was made for
FRAMES_PER_SECOND = RATE / FRAME
_WANTED = 0.01  # root mean square of the loudest frame: 40 dB below full scale
_CONTEXT = 64  # samples of the frame before
_MEMORY = (1, 1, 128)  # shape of the model's two memories


class SpeechDetector:
    """Remembers what it heard, so that any number of calls judge as one would."""

    def __init__(self, state: bytes | None = None) -> None:
        """`state` as another detector gave it: to go on where that one was."""
        self._model = _load()
        size = _CONTEXT + 256 + Loudness.SIZE
        kept = np.frombuffer(state, np.float32) if state else np.zeros(size, "f4")
        parts = np.split(kept, (_CONTEXT, _CONTEXT + 128, _CONTEXT + 256))
        self._context, hidden, cell, loudness = parts
        self._loudness = Loudness(loudness)
        self._memories: list[Any] = [hidden.reshape(_MEMORY), cell.reshape(_MEMORY)]

    @property
    def state(self) -> bytes:
        parts = (self._context, *self._memories, self._loudness.memory)
        return b"".join(part.tobytes() for part in parts)

    def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """Of speech, 0 to 1, one for each frame; `samples` are whole frames."""
        frames = samples.reshape(-1, FRAME)
        tails = frames[:, -_CONTEXT:]
        contexts = np.concatenate([self._context[None], tails[:-1]])
        louder = gain(self._loudness.follow(frames), _WANTED)
        heard = np.concatenate([contexts, frames], axis=1) * louder[:, None]
        hidden, cell = self._memories
        found, *self._memories = self._model.run(None, {"input": heard, "h": hidden, "c": cell})
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
    """They come with faster-whisper, which itself is too heavy to import here."""
    package = find_spec("faster_whisper")
    if package is None or not package.submodule_search_locations:
        raise ImportError("faster_whisper is not installed")
    return Path(package.submodule_search_locations[0]) / "assets" / "silero_vad_v6.onnx"
