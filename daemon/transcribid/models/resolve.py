"""From the name of a model to a complete folder; never uses the network."""

import hashlib
import shlex
from pathlib import Path

from transcribid import starter
from transcribid.models import UnknownModel, check, manifest, names
from transcribid.models.kinds import WHISPER
from transcribid.models.store import nearest
from transcribid.protocol.errors import CannotRun


def folder_of(model: str, store: Path | None = None) -> Path:
    """Raises CannotRun with the command that fetches what is missing."""
    try:
        return _folder(model, store)
    except OSError as error:
        message = f"The model {model} cannot be read: {error.strerror}: {error.filename}."
        remedy = "Let the daemon's user read it."
        raise CannotRun(message, remedy, misconfigured=True) from error


def digest_of_weights(folder: Path) -> str:
    """SHA-256 in hexadecimal: from the manifest of a pulled model, else computed.

    Raises CannotRun.
    """
    weights = folder / "model.bin"
    fetched = manifest.read(folder)
    if fetched and weights.name in fetched.files:
        return fetched.files[weights.name].sha256
    try:
        with weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        message = f"{weights} cannot be read: {error.strerror}."
        raise CannotRun(message, "Look after the disk.", misconfigured=False) from error


def _folder(model: str, store: Path | None) -> Path:
    if model == names.STARTER:
        return starter.MODEL
    path = names.as_path(model)
    if path.is_dir():
        return _complete(path, "Replace it by a folder that holds a whole model.")
    if names.is_path(model):
        message = f"There is no model folder {model}."
        raise CannotRun(message, "Correct engine.model.", misconfigured=True)
    remedy = f"Run: transcribid models pull {shlex.quote(model)}"
    try:
        found = nearest(store, model)
    except UnknownModel as error:
        raise CannotRun(str(error), error.remedy, misconfigured=True) from error
    if found:
        return _complete(found, remedy)
    raise CannotRun(f"The model {model} is not on this machine.", remedy, misconfigured=True)


def _complete(folder: Path, remedy: str) -> Path:
    if (kind := check.kind_of(folder)) is not WHISPER:
        message = f"In {folder} lies {kind.article}, not {WHISPER.article}."
        raise CannotRun(message, "Correct engine.model.", misconfigured=True)
    if problems := check.quick(folder):
        message = f"The model in {folder} is incomplete: {check.in_words(problems)}."
        raise CannotRun(message, remedy, misconfigured=True)
    return folder
