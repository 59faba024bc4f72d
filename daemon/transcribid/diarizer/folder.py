"""Finds the complete folder of a pipeline by its name; never uses the network."""

import shlex
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from transcribid.models import UnknownModel, check, names
from transcribid.models.kinds import PIPELINE
from transcribid.models.store import nearest
from transcribid.protocol.errors import CannotRun

INSTALL = 'Run: pip install "transcribid[diarization]" (see docs/diarization.md).'


def obstacle(model: str, store: Path | None) -> CannotRun | None:
    """Why diarization would fail, as far as can be checked without loading anything."""
    try:
        folder_of(model, store)
        version("pyannote.audio")
    except CannotRun as error:
        return error
    except PackageNotFoundError:
        return CannotRun("pyannote.audio is not installed.", INSTALL, misconfigured=True)
    return None


def folder_of(model: str, store: Path | None) -> Path:
    """Raises CannotRun with the command that fetches what is missing."""
    try:
        return _own(model) if names.is_path(model) else _fetched(model, store)
    except OSError as error:
        message = f"The pipeline {model} cannot be read: {error.strerror}: {error.filename}."
        remedy = "Make it readable for the daemon's user."
        raise CannotRun(message, remedy, misconfigured=True) from error


def facts_of(folder: Path) -> str:
    """A text that changes when one of its files does."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = ((path.relative_to(folder), path.stat()) for path in files)
    return "\n".join(f"{name} {each.st_size} {each.st_mtime_ns}" for name, each in facts)


def _own(model: str) -> Path:
    """A folder of the user's: its main file names the others, so only that one is checked."""
    folder = names.as_path(model)
    if not folder.is_dir():
        message = f"There is no pipeline folder {model}."
        raise CannotRun(message, "Fix diarization.model.", misconfigured=True)
    if not (folder / PIPELINE.mark).is_file():
        message = f"The pipeline in {folder} has no {PIPELINE.mark}."
        remedy = "Replace it with a folder that holds a complete pipeline."
        raise CannotRun(message, remedy, misconfigured=True)
    return folder


def _fetched(model: str, store: Path | None) -> Path:
    """A folder that was pulled, or that another program put into the Hugging Face cache."""
    try:
        folder = nearest(store, model)
    except UnknownModel as error:
        raise CannotRun(str(error), error.remedy, misconfigured=True) from error
    remedy = f"Run: transcribid models pull {shlex.quote(model)}"
    if folder is None:
        message = f"The pipeline {model} is not on this machine."
        raise CannotRun(message, remedy, misconfigured=True)
    if (kind := check.kind_of(folder, PIPELINE)) is not PIPELINE:
        message = f"{folder} contains {kind.article}, not {PIPELINE.article}."
        raise CannotRun(message, "Fix diarization.model.", misconfigured=True)
    if problems := check.quick(folder, PIPELINE):
        message = f"The pipeline in {folder} is incomplete: {check.in_words(problems)}."
        raise CannotRun(message, remedy, misconfigured=True)
    return folder
