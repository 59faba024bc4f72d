"""From the name of a model to a folder that is complete; never from the network."""

from pathlib import Path
from typing import cast

from faster_whisper.utils import download_model

from transcribid import starter
from transcribid.engine import CannotRun

_NEEDED = ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json")
_VOCABULARY = ("vocabulary.json", "vocabulary.txt")


def folder_of(model: str) -> Path:
    """Raises CannotRun with the command that fetches what is missing."""
    if model == "starter":
        return starter.MODEL
    path = Path(model).expanduser()
    if path.is_dir():
        return _complete(path)
    if path.is_absolute() or model.startswith((".", "~")):
        message = f"There is no model folder {model}."
        raise CannotRun(message, "Correct engine.model.", misconfigured=True)
    return _complete(_cached(model))


def _cached(model: str) -> Path:
    try:
        return Path(cast(str, download_model(model, local_files_only=True)))
    except ValueError as error:
        raise CannotRun(str(error), "Correct engine.model.", misconfigured=True) from error
    except OSError as error:
        message = f"The model {model} is not on this machine."
        remedy = (
            "Fetch it once, as the daemon's user:"
            f" python -c 'from faster_whisper import download_model as d; d(\"{model}\")'"
            " or set engine.model to a folder that holds a CTranslate2 Whisper model."
        )
        raise CannotRun(message, remedy, misconfigured=True) from error


def _complete(folder: Path) -> Path:
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in _VOCABULARY):
        missing.append(_VOCABULARY[0])
    if missing:
        message = f"The model in {folder} is incomplete: it lacks {', '.join(missing)}."
        raise CannotRun(message, "Fetch the model again.", misconfigured=True)
    return folder
