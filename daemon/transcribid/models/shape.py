"""What shows that a single file is damaged, without reading all of it."""

import json
import zipfile
from pathlib import Path

import yaml

_POINTER = b"version https://git-lfs"
_ARCHIVE = b"PK"  # how torch and numpy begin what they save


def problem(path: Path) -> str | None:
    """None: nothing shows. Raises OSError."""
    with path.open("rb") as file:
        beginning = file.read(len(_POINTER))
    if beginning == _POINTER:
        return "is only a git-lfs pointer, not the weights"
    if path.suffix == ".json":
        return _no_json(path)
    if path.suffix == ".yaml":
        return _no_yaml(path)
    if beginning.startswith(_ARCHIVE) and not zipfile.is_zipfile(path):
        return "is cut off"  # the table of contents is at the end
    return None


def _no_json(path: Path) -> str | None:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return "is not JSON"
    return None


def _no_yaml(path: Path) -> str | None:
    try:
        said = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, ValueError):
        return "is not YAML"
    return None if isinstance(said, dict) else "is not YAML with keys"
