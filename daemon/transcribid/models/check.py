"""Integrity checks of a model's folder."""

import hashlib
from collections.abc import Callable, Container, Iterable, Mapping
from functools import partial
from pathlib import Path

from transcribid.models import kinds, manifest, shape
from transcribid.models.kinds import PIPELINE, WHISPER, ModelKind
from transcribid.models.manifest import ManifestEntry

_BLOCK = 1 << 20

Problems = Mapping[str, str]
"""Problems by file name; empty if there are none."""


def kind_of(folder: Path, wanted: ModelKind = WHISPER) -> ModelKind:
    """The kind of the model there, complete or not; `wanted` if the files do not tell."""
    present = _present(folder, kinds.FILES)
    try:
        return kinds.of({*_manifest_entries(folder), *present}, wanted)
    except manifest.Unreadable:
        return kinds.of(present, wanted)


def quick(folder: Path, wanted: ModelKind = WHISPER) -> Problems:
    """Problems that show without reading the weights."""
    try:
        entries = _manifest_entries(folder)
    except manifest.Unreadable:
        return {manifest.NAME: "cannot be read"}
    present = _present(folder, (*kinds.FILES, *entries))
    kind = kinds.of({*entries, *present}, wanted)
    missing_parts = kind.missing_parts(present)
    if kind is PIPELINE and not entries:
        missing_parts = _referred_to(folder, missing_parts)
    missing = [*missing_parts, *(name for name in entries if name not in present)]
    return (
        dict.fromkeys(missing, "is missing")
        | _malformed(folder, kind, present)
        | {
            name: f"has {found} bytes instead of {entries[name].size}"
            for name in entries
            if name in present
            and (found := (folder / name).stat().st_size) != entries[name].size
        }
    )


def thorough(
    folder: Path, on_read: Callable[[int], object], wanted: ModelKind = WHISPER
) -> Problems:
    """Also compares every file with the manifest; `on_read` gets the size of each block."""
    found = dict(quick(folder, wanted))
    if manifest.NAME in found:
        return found
    for name, entry in _manifest_entries(folder).items():
        compare = partial(_mismatch, sha256=entry.sha256, on_read=on_read)
        if name not in found and (problem := _read(compare, folder / name)):
            found[name] = problem
    return found


def in_words(problems: Problems) -> str:
    return ", ".join(f"{name} {problem}" for name, problem in problems.items())


def _manifest_entries(folder: Path) -> Mapping[str, ManifestEntry]:
    found = manifest.read(folder)
    return found.files if found else {}


def _present(folder: Path, names: Iterable[str]) -> set[str]:
    return {name for name in names if (folder / name).is_file()}


def _referred_to(folder: Path, missing_parts: list[str]) -> list[str]:
    """The missing files that the pipeline's configuration expects in its own folder."""
    try:
        text = (folder / PIPELINE.mark).read_text(errors="replace")
    except OSError:
        return [PIPELINE.mark]
    return [name for name in missing_parts if f"$model/{Path(name).parts[0]}" in text]


def _malformed(folder: Path, kind: ModelKind, present: Container[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in kind.needed:
        if name in present and (problem := _read(shape.problem, folder / name)):
            found[name] = problem
    return found


def _read(examine: Callable[[Path], str | None], path: Path) -> str | None:
    """A file that cannot be read is a problem of the model, too."""
    try:
        return examine(path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _mismatch(path: Path, sha256: str, on_read: Callable[[int], object]) -> str | None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            on_read(len(block))
    return "is not what was fetched" if digest.hexdigest() != sha256 else None
