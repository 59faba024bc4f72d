# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""pyannote.audio, made to speak our words."""

import gc
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.options import Diarization
from transcribid.domain.transcript import Performer, Turn
from transcribid.engine import CannotRun, Refused
from transcribid.engine.diarizer.folder import INSTALL, folder_of
from transcribid.engine.diarizer.joining import Told, Voice
from transcribid.engine.diarizer.sound import Block
from transcribid.engine.preparer.decode import RATE
from transcribid.wire import Settings

_EACH = 400 << 20  # bytes for each chunk of sound in a batch, about
_LARGEST = 32  # chunks in a batch
_HALFWAY = 0.5  # segmentation takes about as long as the embeddings that follow it

Tell = Callable[[float, float | None], None]


class Pipeline:
    def __init__(self, settings: Settings) -> None:
        """Raises CannotRun with the remedy."""
        folder = folder_of(settings.model, Path(settings.store) if settings.store else None)
        self._torch, pretrained = _imported()
        self._device = _device(self._torch, settings)
        self._pipeline = _loaded(pretrained, folder)
        self._pipeline.to(self._torch.device(self._device))
        self._batch = _fitting(_free(self._torch, self._device))
        self.performer = Performer(settings.model, self._device, "float32", _libraries())

    def told(self, block: Block, wanted: Diarization, tell: Tell) -> Told:
        """Who spoke when in one block of a recording. Raises Refused."""
        numbers = _numbers(wanted, alone=block.alone)

        def hook(
            step: str, *_: object, total: int = 0, completed: int = 0, **__: object
        ) -> None:
            if total:  # else it only says that a step is over
                done = _HALFWAY * (min(1.0, completed / total) + (step == "embeddings"))
                tell(block.start + done * (block.end - block.start), block.duration)

        output = self._run(block, {**numbers, "hook": hook})
        labels = output.speaker_diarization.labels()
        exclusive = output.exclusive_speaker_diarization.itertracks(yield_label=True)
        turns = (
            Turn(block.start + at.start, block.start + at.end, who) for at, _, who in exclusive
        )
        return Told(tuple(turns), dict(zip(labels, output.speaker_embeddings, strict=True)))

    def voice(self, block: Block) -> Voice | None:
        """How the one who speaks in it sounds. Raises Refused."""
        output = self._run(block, {"num_speakers": 1})
        heard = (voice for voice in output.speaker_embeddings if np.isfinite(voice).all())
        return next(heard, None)

    def _run(self, block: Block, how: dict[str, Any]) -> Any:
        """Where memory is short, in smaller and smaller batches. Raises Refused."""
        sound = {
            "waveform": self._torch.from_numpy(block.samples)[None],
            "sample_rate": RATE,
            "uri": "recording",
        }
        while True:
            self._pipeline.segmentation_batch_size = self._batch
            self._pipeline.embedding_batch_size = self._batch
            try:
                return self._pipeline(sound, **how)
            except self._torch.OutOfMemoryError as error:
                if self._batch == 1:
                    raise Refused(_too_small(error)) from error
                self._batch //= 2
                sys.stderr.write(f"Out of memory: batches of {self._batch} from now on.\n")
            except (ValueError, RuntimeError) as error:
                message = f"pyannote.audio failed: {error}"
                raise Refused(Failure(FailureKind.ENGINE, message)) from error
            gc.collect()
            self._torch.cuda.empty_cache()


def _imported() -> tuple[Any, Any]:
    try:
        import torch
        from pyannote.audio import Pipeline as Pretrained
    except (ImportError, OSError, RuntimeError) as error:  # each of them was seen
        raise CannotRun(
            f"pyannote.audio cannot be imported: {error}.", INSTALL, misconfigured=True
        ) from error
    return torch, Pretrained


def _loaded(pretrained: Any, folder: Path) -> Any:
    """Its checkpoints are pickles: whoever can write the folder can run code here."""
    try:
        pipeline = pretrained.from_pretrained(folder)
    except Exception as error:  # whatever is wrong in files of somebody else's
        message = f"The pipeline in {folder} does not load: {type(error).__name__}: {error}"
        remedy = "Fetch it again, or name another in diarization.model."
        raise CannotRun(message, remedy, misconfigured=True) from error
    if getattr(pipeline, "legacy", False) or not hasattr(pipeline, "segmentation_batch_size"):
        message = f"The pipeline in {folder} is of an older kind, without exclusive turns."
        raise CannotRun(message, "Take speaker-diarization-community-1.", misconfigured=True)
    return pipeline


def _device(torch: Any, settings: Settings) -> str:
    there = torch.cuda.is_available()
    if settings.device == "cuda" and not there:
        message = f"torch {torch.__version__} finds no CUDA device."
        remedy = "Ask: nvidia-smi; or set diarization.device to cpu."
        raise CannotRun(message, remedy, misconfigured=False)
    return f"cuda:{settings.gpu}" if there and settings.device != "cpu" else "cpu"


def _free(torch: Any, device: str) -> int:
    """Bytes of memory that nobody uses now."""
    if device != "cpu":
        return torch.cuda.mem_get_info(device)[0]
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _fitting(free: int) -> int:
    """A power of two of chunks for which half of the free memory is enough.

    >>> _fitting(12 << 30), _fitting(80 << 30), _fitting(0)
    (8, 32, 1)
    """
    batch = 1
    while batch < _LARGEST and 2 * batch * _EACH <= free / 2:
        batch *= 2
    return batch


def _numbers(wanted: Diarization, *, alone: bool) -> dict[str, int | None]:
    """Of one block among several, only the most there can be is known."""
    most = wanted.num_speakers or wanted.max_speakers
    if not alone:
        return {"max_speakers": most}
    return {
        "num_speakers": wanted.num_speakers,
        "min_speakers": wanted.min_speakers,
        "max_speakers": wanted.max_speakers,
    }


def _libraries() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("pyannote.audio", "torch"))


def _too_small(error: Exception) -> Failure:
    remedy = "Set diarization.device to cpu, or give it a GPU with more memory."
    return Failure(FailureKind.MEMORY, f"The GPU's memory is too small: {error}", remedy)
