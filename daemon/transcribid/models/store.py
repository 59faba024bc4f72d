"""The store of models: one folder each, installed complete."""

import shlex
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from transcribid import starter
from transcribid.models import UnknownModel, cache, check, manifest, names
from transcribid.models.kinds import ModelKind
from transcribid.models.manifest import Manifest


class Where(StrEnum):
    BUNDLED = "bundled"
    STORE = "store"
    CACHE = "Hugging Face cache"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine, complete or not."""

    name: str
    folder: Path
    revision: str | None  # the commit, if known
    where: Where

    @property
    def kind(self) -> ModelKind:
        return check.kind_of(self.folder)

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        paths = [self.folder / name for name in self.kind.files]
        return sum(path.stat().st_size for path in paths if path.is_file())

    @property
    def comparable(self) -> bool:
        """Whether there is a manifest to compare it with."""
        return (self.folder / manifest.NAME).is_file()

    @property
    def remedy(self) -> str:
        """How to repair it."""
        if self.where is Where.BUNDLED:
            return "Install transcribid again."
        if self.where is Where.FOLDER or (self.where is Where.STORE and not self.comparable):
            return f"Replace {self.folder} by a whole copy."
        pinned = f" --revision {self.revision}" if self.revision else ""
        return f"Run: transcribid models pull {shlex.quote(self.name)}{pinned}"


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """The paths of one model in the store."""

    store: Path
    name: str

    @property
    def final(self) -> Path:
        return self.store / self._directory

    @property
    def part(self) -> Path:
        """The model being fetched."""
        return self.store / f".{self._directory}.part"

    @property
    def aside(self) -> Path:
        """The previous model, until the new one is in place."""
        return self.store / f".{self._directory}.old"

    @property
    def lock(self) -> Path:
        return self.store / f".{self._directory}.lock"

    @property
    def folder(self) -> Path:
        """The folder to open: after a crash, the previous model may still be aside."""
        moved = self.aside.is_dir() and not self.final.is_dir()
        return self.aside if moved else self.final

    @property
    def _directory(self) -> str:
        return self.name.replace("/", "--")


def find(store: Path, text: str) -> Path | None:
    """The folder of an installed model, complete or not."""
    try:
        name = names.parse_name(text).name
    except UnknownModel:
        name = text  # a folder that was not pulled
    if Path(name).name.startswith(".") or name.startswith((".", "/")):
        return None
    folder = ModelPlace(store, name).folder
    return folder if folder.is_dir() else None


def nearest(store: Path | None, text: str) -> Path | None:
    """A model's folder in the store or the cache, complete or not. Raises UnknownModel."""
    if store and (folder := find(store, text)):
        return folder
    return cache.folder(names.parse_name(text).repository)


def installed(store: Path) -> list[Model]:
    """All models of a store, sorted by name."""
    if not store.is_dir():
        return []
    hidden = {each.name[1:-4] for each in store.glob(".*.old")}
    directories = {each.name for each in store.iterdir() if not each.name.startswith(".")}
    places = [
        ModelPlace(store, name.replace("--", "/")) for name in sorted(directories | hidden)
    ]
    return [_model(place) for place in places if place.folder.is_dir()]


def located(store: Path, text: str) -> Model | None:
    """The model that an engine would open. Raises UnknownModel."""
    if text == names.STARTER:
        return bundled()
    if (path := names.as_path(text)).is_dir():
        return Model(text, path, None, Where.FOLDER)
    if folder := find(store, text):
        return next(each for each in installed(store) if each.folder == folder)
    wanted = names.parse_name(text)
    return next((each for each in cached() if each.name == wanted.name), None)


def bundled() -> Model:
    return Model(names.STARTER, starter.MODEL, None, Where.BUNDLED)


def cached() -> list[Model]:
    """Models in the Hugging Face cache that are known to us or complete."""
    found = [(each, cache.folder(each)) for each in cache.repositories()]
    return [
        Model(names.name_of(repository), folder, folder.name, Where.CACHE)
        for repository, folder in found
        if folder and (repository in names.KNOWN.values() or not check.quick(folder))
    ]


def _model(place: ModelPlace) -> Model:
    found = _manifest(place.folder)
    return Model(place.name, place.folder, found.revision if found else None, Where.STORE)


def _manifest(folder: Path) -> Manifest | None:
    try:
        return manifest.read(folder)
    except manifest.Unreadable:
        return None
