"""A pipeline folder, as pyannote loads it."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytorch_lightning
import torch
import yaml
from pyannote.audio import Model

CONFIG = {
    "dependencies": {"pyannote.audio": "4.0.0"},
    "pipeline": {
        "name": "pyannote.audio.pipelines.SpeakerDiarization",
        "params": {
            "segmentation": "$model/segmentation",
            "segmentation_step": 0.5,
            "segmentation_batch_size": 8,
            "embedding": "$model/embedding",
            "embedding_batch_size": 8,
            "embedding_exclude_overlap": True,
            "plda": "$model/plda",
            "clustering": "VBxClustering",
        },
    },
    "params": {
        "segmentation": {"min_duration_off": 0.0},
        "clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
    },
}

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def save_config(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))


def save_network(network: Model, folder: Path) -> None:
    checkpoint: dict[str, Any] = {
        "state_dict": network.state_dict(),
        "pytorch-lightning_version": pytorch_lightning.__version__,
        "hyper_parameters": dict(network.hparams),
        "hparams_name": "kwargs",
    }
    network.on_save_checkpoint(checkpoint)
    plain = io.BytesIO()
    torch.save(checkpoint, plain)
    folder.mkdir(parents=True, exist_ok=True)
    _compress(plain, folder / "pytorch_model.bin")


def _compress(plain: io.BytesIO, path: Path) -> None:
    """Most of the widened embedding network is zeros; torch reads compressed files too."""
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as result:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            result.writestr(entry, source.read(name), zipfile.ZIP_DEFLATED, 9)
