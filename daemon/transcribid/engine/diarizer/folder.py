"""From the name of a pipeline to a folder that is complete; never from the network."""

import shlex
from pathlib import Path

from transcribid.engine import CannotRun
from transcribid.models import names
from transcribid.models.store import find

CONFIG = "config.yaml"


def folder_of(model: str, store: Path | None) -> Path:
    """Raises CannotRun with the command that fetches what is missing."""
    path = Path(model).expanduser()
    if names.is_path(model):
        if not path.is_dir():
            message = f"There is no pipeline folder {model}."
            raise CannotRun(message, "Correct diarization.model.", misconfigured=True)
        return _complete(path, "Replace it by a folder that holds a whole pipeline.")
    remedy = f"Run: transcribid models pull {shlex.quote(model)}"
    if found := store and find(store, model):
        return _complete(found, remedy)
    message = f"The pipeline {model} is not on this machine."
    raise CannotRun(message, remedy, misconfigured=True)


def _complete(folder: Path, remedy: str) -> Path:
    """A pipeline's own file says which others it needs, so only that one is looked for."""
    if not (folder / CONFIG).is_file():
        message = f"The pipeline in {folder} has no {CONFIG}."
        raise CannotRun(message, remedy, misconfigured=True)
    return folder
