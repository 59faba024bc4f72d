"""What models are called: well-known names, and repositories as owner/name."""

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
PIPELINES: Mapping[str, str] = {  # which tell speakers apart
    "community-1": "pyannote/speaker-diarization-community-1",
}
KNOWN: Mapping[str, str] = {**REPOSITORIES, **PIPELINES}
_PART = r"[A-Za-z0-9_]([\w.-]*[\w])?"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}", re.ASCII)
_LONGEST = 96  # characters of a repository's name


@dataclass(frozen=True, slots=True)
class Named:
    """A model that can be fetched."""

    name: str  # one for each repository, so that turbo and large-v3-turbo are one model
    repository: str  # owner/name


def named(text: str) -> Named:
    """Raises UnknownModel, which says what may have been meant."""
    repository = KNOWN.get(text, text)
    if text not in KNOWN and not _is_repository(text):
        raise _unknown(text)
    return Named(name_of(repository), repository)


def name_of(repository: str) -> str:
    """The first of a Whisper model's well-known names, or its own."""
    return next((name for name, each in REPOSITORIES.items() if each == repository), repository)


def as_path(model: str) -> Path:
    """What it would be as a folder; where `~` has no meaning, it stays as it is."""
    return Path(os.path.expanduser(model))  # noqa: PTH111 - Path's raises where there is no home


def is_path(text: str) -> bool:
    """Whether a folder is meant, be it there or not."""
    return text.startswith(("/", ".", "~")) or (text not in KNOWN and Path(text).is_dir())


def _is_repository(text: str) -> bool:
    return bool(
        _REPOSITORY.fullmatch(text)
        and len(text) <= _LONGEST
        and not re.search(r"--|\.\.", text)  # which the hub forbids, and folders rely on
    )


def _unknown(text: str) -> UnknownModel:
    if near := get_close_matches(text.lower(), (*KNOWN, STARTER), n=1):
        message = f"There is no model {text!r}, did you mean {near[0]!r}?"
        return UnknownModel(message, "A repository is named as owner/name.")
    known = ", ".join((STARTER, *KNOWN))
    remedy = f"Expected {known}, or a repository as owner/name."
    return UnknownModel(f"There is no model {text!r}.", remedy)
