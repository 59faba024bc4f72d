"""Settings saved on the page: they override the file; the environment overrides them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from transcribid.config.files import found_layer
from transcribid.config.layer import Layer
from transcribid.storage import files

NAME = "settings.yaml"  # in the state folder
KEYS = (
    ("engine", "model"),
    ("engine", "device"),
    ("engine", "compute_type"),
    ("transcription", "language"),
    ("diarization", "enabled"),
    ("outputs", "formats"),
)
_HEADING = "# Set on the page; overrides the configuration file. Delete it to undo.\n"


def saved_layer(state: Path) -> Layer:
    return found_layer(state / NAME)


def content(state: Path) -> bytes | None:
    """The current content of the file; None if it does not exist."""
    path = state / NAME
    return files.contents(path) if path.exists() else None


def restore(state: Path, before: bytes | None) -> None:
    if before is None:
        files.remove(state / NAME)
    else:
        files.replace(state / NAME, before)


def save(state: Path, changes: Mapping[tuple[str, ...], Any]) -> None:
    """Merge the changes into the saved settings; None removes one.

    Raises KeyError for keys that cannot be changed on the page, ValueError if the file is
    damaged.
    """
    layer = saved_layer(state)
    if layer.problems or not all(isinstance(each, Mapping) for each in layer.data.values()):
        raise ValueError(state / NAME)
    chosen = dict(layer.data)
    for key, value in changes.items():
        if key not in KEYS:
            raise KeyError(key)
        section: dict[str, Any] = {**(chosen.get(key[0]) or {}), key[1]: value}
        chosen[key[0]] = {name: each for name, each in section.items() if each is not None}
    kept = {name: section for name, section in chosen.items() if section}
    text = _HEADING + (yaml.safe_dump(kept, allow_unicode=True) if kept else "")
    files.replace(state / NAME, text.encode())
