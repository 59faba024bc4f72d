"""Detects damage of a single file without reading all of it."""

import json
import zipfile
from pathlib import Path

import yaml

_POINTER = b"version https://git-lfs"
_ARCHIVE = b"PK"  # the first bytes of torch's and numpy's files


def problem(path: Path) -> str | None:
    """None if no damage is found. Raises OSError."""
    with path.open("rb") as file:
        beginning = file.read(len(_POINTER))
    if beginning == _POINTER:
        return "is only a git-lfs pointer, not the weights"
    if path.suffix == ".json":
        return _json_problem(path)
    if path.suffix == ".yaml":
        return _yaml_problem(path)
    if beginning.startswith(_ARCHIVE) and not zipfile.is_zipfile(path):
        return "is cut off"  # the table of contents is at the end
    return None


def _json_problem(path: Path) -> str | None:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return "is not JSON"
    return None


def _yaml_problem(path: Path) -> str | None:
    try:
        data = yaml.safe_load(path.read_bytes())
    except (yaml.YAMLError, ValueError):
        return "is not YAML"
    return None if isinstance(data, dict) else "is not YAML with keys"
