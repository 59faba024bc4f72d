"""What is wrong with a folder that should hold a model."""

import hashlib
from collections.abc import Callable, Container, Iterable, Mapping
from functools import partial
from pathlib import Path

from transcribid.models import kinds, manifest, shape
from transcribid.models.kinds import PIPELINE, WHISPER, ModelKind
from transcribid.models.manifest import ManifestEntry

_BLOCK = 1 << 20

Problems = Mapping[str, str]
"""What is wrong, by the name of the file; empty: nothing."""


def kind_of(folder: Path, wanted: ModelKind = WHISPER) -> ModelKind:
    """Of the model that lies there, whole or not; as wanted where nothing tells."""
    present = _present(folder, kinds.FILES)
    try:
        return kinds.of({*_promised(folder), *present}, wanted)
    except manifest.Unreadable:
        return kinds.of(present, wanted)


def quick(folder: Path, wanted: ModelKind = WHISPER) -> Problems:
    """As far as it shows without reading the weights."""
    try:
        promised = _promised(folder)
    except manifest.Unreadable:
        return {manifest.NAME: "cannot be read"}
    present = _present(folder, (*kinds.FILES, *promised))
    kind = kinds.of({*promised, *present}, wanted)
    lacking = kind.lacking(present)
    if kind is PIPELINE and not promised:
        lacking = _referred_to(folder, lacking)
    missing = [*lacking, *(name for name in promised if name not in present)]
    return (
        dict.fromkeys(missing, "is missing")
        | _misshapen(folder, kind, present)
        | {
            name: f"has {found} bytes instead of {promised[name].size}"
            for name in promised
            if name in present
            and (found := (folder / name).stat().st_size) != promised[name].size
        }
    )


def thorough(
    folder: Path, told: Callable[[int], object], wanted: ModelKind = WHISPER
) -> Problems:
    """Reads all that the manifest knows; `told` gets each number of bytes that were read."""
    found = dict(quick(folder, wanted))
    if manifest.NAME in found:
        return found
    for name, entry in _promised(folder).items():
        compare = partial(_other, sha256=entry.sha256, told=told)
        if name not in found and (problem := _read(compare, folder / name)):
            found[name] = problem
    return found


def in_words(problems: Problems) -> str:
    return ", ".join(f"{name} {problem}" for name, problem in problems.items())


def _promised(folder: Path) -> Mapping[str, ManifestEntry]:
    said = manifest.read(folder)
    return said.files if said else {}


def _present(folder: Path, names: Iterable[str]) -> set[str]:
    return {name for name in names if (folder / name).is_file()}


def _referred_to(folder: Path, lacking: list[str]) -> list[str]:
    """A pipeline that somebody else put together may have its parts elsewhere."""
    try:
        said = (folder / PIPELINE.mark).read_text(errors="replace")
    except OSError:
        return [PIPELINE.mark]
    return [name for name in lacking if f"$model/{Path(name).parts[0]}" in said]


def _misshapen(folder: Path, kind: ModelKind, present: Container[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in kind.needed:
        if name in present and (problem := _read(shape.problem, folder / name)):
            found[name] = problem
    return found


def _read(look: Callable[[Path], str | None], path: Path) -> str | None:
    """A failing disk is a problem of the model too."""
    try:
        return look(path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _other(path: Path, sha256: str, told: Callable[[int], object]) -> str | None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            told(len(block))
    return "is not what was fetched" if digest.hexdigest() != sha256 else None
