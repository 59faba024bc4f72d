"""What is wrong with a folder that should hold a model."""

import hashlib
import json
from collections.abc import Callable, Container, Mapping
from functools import partial
from pathlib import Path

from transcribid.models import manifest
from transcribid.models.manifest import Entry

WEIGHTS, CONFIG = "model.bin", "config.json"
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
# Without tokenizer.json, faster-whisper asks the network. preprocessor_config.json, which many
# repositories lack, tells only how many mels there are, and the weights tell that too.
NEEDED = (WEIGHTS, CONFIG, "tokenizer.json")
WANTED = (*NEEDED, *VOCABULARIES, "preprocessor_config.json")
_POINTER = b"version https://git-lfs"
_BLOCK = 1 << 20

Problems = Mapping[str, str]
"""What is wrong, by the name of the file; empty: nothing."""


def lacking(present: Container[str]) -> list[str]:
    """The needed files that are not among these."""
    missing = [name for name in NEEDED if name not in present]
    if not any(name in present for name in VOCABULARIES):
        missing.append(VOCABULARIES[0])
    return missing


def quick(folder: Path) -> Problems:
    """As far as it shows without reading the weights."""
    try:
        promised = _promised(folder)
    except manifest.Unreadable:
        return {manifest.NAME: "cannot be read"}
    present = {name for name in (*WANTED, *promised) if (folder / name).is_file()}
    missing = [*lacking(present), *(name for name in promised if name not in present)]
    return (
        dict.fromkeys(missing, "is missing")
        | _misshapen(folder, present)
        | {
            name: f"has {found} bytes instead of {promised[name].size}"
            for name in promised
            if name in present
            and (found := (folder / name).stat().st_size) != promised[name].size
        }
    )


def thorough(folder: Path, told: Callable[[int], object]) -> Problems:
    """Reads all that the manifest knows; `told` gets each number of bytes that were read."""
    found = dict(quick(folder))
    if manifest.NAME in found:
        return found
    for name, entry in _promised(folder).items():
        compare = partial(_other, sha256=entry.sha256, told=told)
        if name not in found and (problem := _read(compare, folder / name)):
            found[name] = problem
    return found


def in_words(problems: Problems) -> str:
    return ", ".join(f"{name} {problem}" for name, problem in problems.items())


def _promised(folder: Path) -> Mapping[str, Entry]:
    said = manifest.read(folder)
    return said.files if said else {}


def _misshapen(folder: Path, present: Container[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, look in ((WEIGHTS, _pointer), (CONFIG, _no_json)):
        if name in present and (problem := _read(look, folder / name)):
            found[name] = problem
    return found


def _read(look: Callable[[Path], str | None], path: Path) -> str | None:
    """A failing disk is a problem of the model too."""
    try:
        return look(path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _pointer(path: Path) -> str | None:
    with path.open("rb") as file:
        found = file.read(len(_POINTER)) == _POINTER
    return "is only a git-lfs pointer, not the weights" if found else None


def _no_json(path: Path) -> str | None:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return "is not JSON"
    return None


def _other(path: Path, sha256: str, told: Callable[[int], object]) -> str | None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            told(len(block))
    return "is not what was fetched" if digest.hexdigest() != sha256 else None
