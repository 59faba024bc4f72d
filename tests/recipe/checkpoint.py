"""A network on disk, with what is needed to train it further."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from recipe.network import Whisper


@dataclass(frozen=True, slots=True)
class Checkpoint:
    network: Whisper  # as trained last
    average: Whisper  # of the last steps: steadier, so this one is exported
    optimizer: dict[str, Any] | None = None


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Whole or not at all: training may be stopped at any time."""
    partial = path.with_suffix(".partial")
    values = {
        "raw": checkpoint.network.state_dict(),
        "ema": checkpoint.average.state_dict(),
        "text_ids": checkpoint.network.text_tokens,
        "n_words": checkpoint.network.words,
        "opt": checkpoint.optimizer,
    }
    torch.save(values, partial)
    partial.replace(path)


def load(path: Path) -> Checkpoint:
    values = torch.load(path, weights_only=True)

    def network(state: str) -> Whisper:
        whisper = Whisper(values["text_ids"], values["n_words"])
        whisper.load_state_dict(values[state])
        return whisper

    return Checkpoint(network("raw"), network("ema"), values.get("opt"))
