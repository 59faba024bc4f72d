"""Names of models: well-known names, and repositories as owner/name."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from transcribid.models import UnknownModel

STARTER = "starter"
REPOSITORIES: Mapping[str, str] = {
    **{
        name: f"Systran/faster-whisper-{name}"
        for name in (
            "tiny",
            "tiny.en",
            "base",
            "base.en",
            "small",
            "small.en",
            "medium",
            "medium.en",
            "large-v1",
            "large-v2",
            "large-v3",
        )
    },
    "large": "Systran/faster-whisper-large-v3",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    **{
        f"distil-{name}": f"Systran/faster-distil-whisper-{name}"
        for name in ("small.en", "medium.en", "large-v2", "large-v3")
    },
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
}
PIPELINES: Mapping[str, str] = {  # for diarization
    "community-1": "pyannote/speaker-diarization-community-1",
}
KNOWN: Mapping[str, str] = {**REPOSITORIES, **PIPELINES}
_PART = r"[A-Za-z0-9_]([\w.-]*[\w])?"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}", re.ASCII)
_MAX_LENGTH = 96  # characters of a repository's name


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model that can be fetched."""

    name: str  # one per repository: turbo and large-v3-turbo are the same model
    repository: str  # owner/name


def parse_name(text: str) -> ModelName:
    """Raises UnknownModel, with a suggestion if a known name is similar."""
    repository = KNOWN.get(text, text)
    if text not in KNOWN and not _is_repository(text):
        raise _unknown(text)
    return ModelName(name_of(repository), repository)


def name_of(repository: str) -> str:
    """The first well-known name of a Whisper repository, or else the repository itself."""
    return next((name for name, each in REPOSITORIES.items() if each == repository), repository)


def as_path(model: str) -> Path:
    """The name as a folder, with `~` expanded if there is a home."""
    return Path(os.path.expanduser(model))  # noqa: PTH111 - Path's raises without a home


def is_path(text: str) -> bool:
    """Whether the text denotes a folder, existing or not."""
    return text.startswith(("/", ".", "~")) or (text not in KNOWN and Path(text).is_dir())


def _is_repository(text: str) -> bool:
    return bool(
        _REPOSITORY.fullmatch(text)
        and len(text) <= _MAX_LENGTH
        and not re.search(r"--|\.\.", text)  # forbidden by the hub; our folder names need that
    )


def _unknown(text: str) -> UnknownModel:
    if near := get_close_matches(text.lower(), (*KNOWN, STARTER), n=1):
        message = f"There is no model {text!r}, did you mean {near[0]!r}?"
        return UnknownModel(message, "A repository is named as owner/name.")
    known = ", ".join((STARTER, *KNOWN))
    remedy = f"Expected {known}, or a repository as owner/name."
    return UnknownModel(f"There is no model {text!r}.", remedy)
