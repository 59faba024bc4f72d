# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Adapter for a pyannote.audio pipeline."""

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from transcribid.diarizer.batching import Batches, placed
from transcribid.diarizer.clustering import BlockTurns, Voice
from transcribid.diarizer.folder import INSTALL, facts_of, folder_of
from transcribid.diarizer.sound import Block
from transcribid.domain.job import FailureKind
from transcribid.domain.options import Diarization
from transcribid.domain.transcript import Performer
from transcribid.preparer.mono import RATE
from transcribid.process import limits
from transcribid.protocol.engine import Settings
from transcribid.protocol.errors import CannotRun, Refused

_HALFWAY = 0.5  # segmentation takes about as long as the embeddings that follow it

OnProgress = Callable[[float, float | None], None]
"""Gets the position in the recording and its duration, both in seconds."""


class Pipeline:
    def __init__(self, settings: Settings) -> None:
        """Raises CannotRun with the remedy."""
        folder = folder_of(settings.model, Path(settings.store) if settings.store else None)
        self._torch, pretrained = _imported()
        preferred = _device(self._torch, settings)
        self._pipeline = _load(pretrained, folder)
        device = placed(self._move, preferred, insisted=settings.device == "cuda")
        self._batches = Batches(device, _free(self._torch, device))
        self.performer = Performer(settings.model, device, "float32", _libraries())
        self.identity = "\n".join((settings.model, _libraries(), facts_of(folder)))

    def diarize(self, block: Block, wanted: Diarization, on_progress: OnProgress) -> BlockTurns:
        """Who spoke when in one block of a recording. Raises Refused."""

        def hook(
            step: str, *_: object, total: int = 0, completed: int = 0, **__: object
        ) -> None:
            if total:  # else it only reports that a step is over
                done = _HALFWAY * (min(1.0, completed / total) + (step == "embeddings"))
                on_progress(block.start + done * (block.end - block.start), block.duration)

        output = self._bounded(block, _numbers(wanted, alone=block.alone), hook)
        labels = output.speaker_diarization.labels()
        exclusive = output.exclusive_speaker_diarization.itertracks(yield_label=True)
        turns = block.turns((at.start, at.end, speaker) for at, _, speaker in exclusive)
        return BlockTurns(
            tuple(turns), dict(zip(labels, output.speaker_embeddings, strict=True))
        )

    def embed(self, block: Block, keep_alive: Callable[[], None]) -> Voice | None:
        """The embedding of its one speaker; None without speech. Raises Refused."""

        def hook(*_: object, **__: object) -> None:
            keep_alive()

        output = self._run(block, {"num_speakers": 1, "hook": hook})
        finite = (voice for voice in output.speaker_embeddings if np.isfinite(voice).all())
        return next(finite, None)

    def _move(self, device: str) -> None:
        self._pipeline.to(self._torch.device(device))

    def _bounded(
        self, block: Block, numbers: dict[str, int | None], hook: Callable[..., None]
    ) -> Any:
        """A few seconds may contain fewer speakers than requested, which is no failure."""
        least = numbers.get("num_speakers") or numbers.get("min_speakers")
        try:
            return self._run(block, {**numbers, "hook": hook})
        except Refused as refused:
            if refused.failure.kind is not FailureKind.BAD_INPUT or not least:
                raise
            sys.stderr.write(f"{refused} Fewer than {least} speakers are accepted.\n")
        most = numbers["num_speakers"] or numbers["max_speakers"]
        return self._run(block, {"max_speakers": most, "hook": hook})

    def _run(self, block: Block, arguments: dict[str, Any]) -> Any:
        """Raises Refused."""
        sound = {
            "waveform": self._torch.from_numpy(block.samples)[None],
            "sample_rate": RATE,
            "uri": "recording",
        }

        def run_batch(batch: int) -> Any:
            self._torch.cuda.empty_cache()  # frees memory of larger batches
            self._pipeline.segmentation_batch_size = batch
            self._pipeline.embedding_batch_size = batch
            return self._pipeline(sound, **arguments)

        return self._batches.run(run_batch)


def _imported() -> tuple[Any, Any]:
    try:
        import torch
        from pyannote.audio import Pipeline as Pretrained
    except (ImportError, OSError, RuntimeError) as error:  # each of them happens
        raise CannotRun(
            f"pyannote.audio cannot be imported: {error}.", INSTALL, misconfigured=True
        ) from error
    return torch, Pretrained


def _load(pretrained: Any, folder: Path) -> Any:
    """The checkpoints are pickles: anybody who can write to the folder can run code here."""
    try:
        pipeline = pretrained.from_pretrained(folder)
    except Exception as error:  # the files may be wrong in any way
        message = f"The pipeline in {folder} does not load: {type(error).__name__}: {error}"
        remedy = "Pull it again, or set another in diarization.model."
        raise CannotRun(message, remedy, misconfigured=True) from error
    if getattr(pipeline, "legacy", False) or not hasattr(pipeline, "segmentation_batch_size"):
        message = f"The pipeline in {folder} is an older kind without exclusive turns."
        raise CannotRun(message, "Use speaker-diarization-community-1.", misconfigured=True)
    return pipeline


def _device(torch: Any, settings: Settings) -> str:
    there = torch.cuda.is_available()
    if settings.device == "cuda" and not there:
        message = f"torch {torch.__version__} finds no CUDA device."
        remedy = "Check nvidia-smi, or set diarization.device to cpu."
        raise CannotRun(message, remedy, misconfigured=False)
    return f"cuda:{settings.gpu}" if there and settings.device != "cpu" else "cpu"


def _free(torch: Any, device: str) -> int:
    """Free memory in bytes."""
    if device != "cpu":
        return torch.cuda.mem_get_info(device)[0]
    return limits.free()


def _numbers(wanted: Diarization, *, alone: bool) -> dict[str, int | None]:
    """Arguments for a block; for one of several, only the maximum is known."""
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
