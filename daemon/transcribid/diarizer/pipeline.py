# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""pyannote.audio, made to speak our words."""

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

Tell = Callable[[float, float | None], None]


class Pipeline:
    def __init__(self, settings: Settings) -> None:
        """Raises CannotRun with the remedy."""
        folder = folder_of(settings.model, Path(settings.store) if settings.store else None)
        self._torch, pretrained = _imported()
        wish = _device(self._torch, settings)
        self._pipeline = _load(pretrained, folder)
        device = placed(self._move, wish, insisted=settings.device == "cuda")
        self._batches = Batches(device, _free(self._torch, device))
        self.performer = Performer(settings.model, device, "float32", _libraries())
        self.identity = "\n".join((settings.model, _libraries(), facts_of(folder)))

    def diarize(self, block: Block, wanted: Diarization, tell: Tell) -> BlockTurns:
        """Who spoke when in one block of a recording. Raises Refused."""

        def hook(
            step: str, *_: object, total: int = 0, completed: int = 0, **__: object
        ) -> None:
            if total:  # else it only says that a step is over
                done = _HALFWAY * (min(1.0, completed / total) + (step == "embeddings"))
                tell(block.start + done * (block.end - block.start), block.duration)

        output = self._bounded(block, _numbers(wanted, alone=block.alone), hook)
        labels = output.speaker_diarization.labels()
        exclusive = output.exclusive_speaker_diarization.itertracks(yield_label=True)
        turns = block.turns((at.start, at.end, who) for at, _, who in exclusive)
        return BlockTurns(
            tuple(turns), dict(zip(labels, output.speaker_embeddings, strict=True))
        )

    def voice(self, block: Block, alive: Callable[[], None]) -> Voice | None:
        """How the one who speaks in it sounds. Raises Refused."""

        def hook(*_: object, **__: object) -> None:
            alive()

        output = self._run(block, {"num_speakers": 1, "hook": hook})
        heard = (voice for voice in output.speaker_embeddings if np.isfinite(voice).all())
        return next(heard, None)

    def _move(self, device: str) -> None:
        self._pipeline.to(self._torch.device(device))

    def _bounded(
        self, block: Block, numbers: dict[str, int | None], hook: Callable[..., None]
    ) -> Any:
        """A few seconds may hold less than the speakers asked for, which is no failure."""
        least = numbers.get("num_speakers") or numbers.get("min_speakers")
        try:
            return self._run(block, {**numbers, "hook": hook})
        except Refused as refused:
            if refused.failure.kind is not FailureKind.BAD_INPUT or not least:
                raise
            sys.stderr.write(f"{refused} Fewer than {least} speakers are accepted.\n")
        most = numbers["num_speakers"] or numbers["max_speakers"]
        return self._run(block, {"max_speakers": most, "hook": hook})

    def _run(self, block: Block, how: dict[str, Any]) -> Any:
        """Raises Refused."""
        sound = {
            "waveform": self._torch.from_numpy(block.samples)[None],
            "sample_rate": RATE,
            "uri": "recording",
        }

        def heard(batch: int) -> Any:
            self._torch.cuda.empty_cache()  # of what was there for larger batches
            self._pipeline.segmentation_batch_size = batch
            self._pipeline.embedding_batch_size = batch
            return self._pipeline(sound, **how)

        return self._batches.run(heard)


def _imported() -> tuple[Any, Any]:
    try:
        import torch
        from pyannote.audio import Pipeline as Pretrained
    except (ImportError, OSError, RuntimeError) as error:  # each of them was seen
        raise CannotRun(
            f"pyannote.audio cannot be imported: {error}.", INSTALL, misconfigured=True
        ) from error
    return torch, Pretrained


def _load(pretrained: Any, folder: Path) -> Any:
    """Its checkpoints are pickles: whoever can write the folder can run code here."""
    try:
        pipeline = pretrained.from_pretrained(folder)
    except Exception as error:  # whatever is wrong in files of somebody else's
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
    """Bytes of memory that nobody uses now."""
    if device != "cpu":
        return torch.cuda.mem_get_info(device)[0]
    return limits.free()


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
