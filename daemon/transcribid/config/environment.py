"""The configuration from environment variables."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args, get_origin

from pydantic.fields import FieldInfo

from transcribid.config.keys import leaves
from transcribid.config.layer import Layer, single, stacked
from transcribid.config.model import Config
from transcribid.config.problem import Origin, did_you_mean
from transcribid.config.yaml12 import scalar

FILE = "TRANSCRIBID_CONFIG"  # the path of the file; not a key

_PREFIX = "TRANSCRIBID_"
_FIELDS = {key: field for key, field in leaves(Config) if key != ("rules",)}
_ALIASES = {
    "WHISPER_MODEL": ("engine", "model"),
    "WHISPER_LANGUAGE": ("transcription", "language"),
    "WHISPER_DEVICE": ("engine", "device"),
    "WHISPER_COMPUTE_TYPE": ("engine", "compute_type"),
    "SERVICE_PORT": ("web", "port"),
}
_KEYS = _ALIASES | {_PREFIX + "__".join(key).upper(): key for key in _FIELDS}


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """What it sets; our own names take precedence over the aliases."""
    names = sorted(environment, key=_is_ours)
    return stacked(_variable(name, environment[name]) for name in names if environment[name])


def _is_ours(name: str) -> bool:
    return name.upper().startswith(_PREFIX)


def _variable(name: str, text: str) -> Layer:
    origin, known = Origin(f"environment {name}"), name.upper()
    if known in _KEYS:
        key = _KEYS[known]
        return single(key, _value(text, _FIELDS[key]), origin)
    if not _is_ours(name) or known == FILE:
        return Layer()
    hint = did_you_mean(known, _KEYS) or "see `transcribid config schema`"
    return Layer(problems=(origin.problem((), f"unknown name, {hint}"),))


def _value(text: str, field: FieldInfo) -> object:
    kind = field.annotation
    if get_origin(kind) is tuple:
        return [item.strip() for item in text.split(",") if item.strip()]
    value = scalar(text)
    if value is not None and {str, Path} & {kind, *get_args(kind)}:
        return text  # a model called 2024
    return value
