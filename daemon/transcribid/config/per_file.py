"""The options of one recording, and where each of them is set."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from transcribid.config.checking import checked
from transcribid.config.contradictions import objections
from transcribid.config.files import found_layer
from transcribid.config.languages import AUTO
from transcribid.config.layer import single, stacked
from transcribid.config.model import Config
from transcribid.config.pattern import matches
from transcribid.config.problem import ConfigError, Key, Origin, Problem, dotted
from transcribid.config.recording import Override, Speakers
from transcribid.domain.ignore import OPTIONS_FILE
from transcribid.domain.options import Diarization, Options

_Choices = dict[Key, tuple[Any, Origin]]


@dataclass(frozen=True, slots=True)
class Effective:
    options: Options
    origins: Mapping[str, str]  # of each option


def effective(config: Config, name: str, wishes: str = "") -> Effective:
    """For the recording at this path below the inbox, read afresh from the files beside it.

    `wishes` are those of whoever asked for it, in JSON; they win.
    """
    choices = {
        **_general(config),
        **_ruled(config, name),
        **_nearby(config, name),
        **_wished(config, wishes),
    }
    origins = {dotted(key): str(origin) for key, (_, origin) in choices.items()}
    return Effective(_options(choices), origins)


def general(config: Config) -> Options:
    """For a recording that nothing special is said of."""
    return _options(_general(config))


def _general(config: Config) -> _Choices:
    keys = [("transcription", name) for name in type(config.transcription).model_fields]
    keys += [("engine", "beam_size"), ("outputs", "formats")]
    keys += [("diarization", name) for name in Speakers.model_fields]
    return {
        (section, name) if section == "diarization" else (name,): (
            getattr(getattr(config, section), name),
            config.origin(section, name),
        )
        for section, name in keys
    }


def _ruled(config: Config, name: str) -> _Choices:
    return {
        key: (value, config.origin("rules", index, *key))
        for index, rule in enumerate(config.rules)
        if matches(name, rule.match)
        for key, value in rule.choices().items()
    }


def _nearby(config: Config, name: str) -> _Choices:
    choices: _Choices = {}
    problems: list[Problem] = []
    for path in _small_files(config.folders.inbox, name):
        layer = checked(found_layer(path), Override)
        override = Override.model_validate(layer.data)
        objected = objections(config.engine.model, override)
        problems += layer.problems
        problems += [layer.problem((key,), message) for key, message in objected]
        choices |= {
            key: (value, layer.origins[key]) for key, value in override.choices().items()
        }
    if problems:
        raise ConfigError(problems)
    return choices


def _wished(config: Config, wishes: str) -> _Choices:
    if not wishes:
        return {}
    origin = Origin("request")
    layer = checked(
        stacked(single((key,), value, origin) for key, value in json.loads(wishes).items()),
        Override,
    )
    override = Override.model_validate(layer.data)
    objected = objections(config.engine.model, override)
    problems = [*layer.problems, *(origin.problem((key,), said) for key, said in objected)]
    if problems:
        raise ConfigError(problems)
    return {key: (value, origin) for key, value in override.choices().items()}


def _options(choices: _Choices) -> Options:
    values: dict[str, Any] = {}
    speakers: dict[str, Any] = {}
    for key, (value, _) in choices.items():
        (values if len(key) == 1 else speakers)[str(key[-1])] = value
    if values["language"] == AUTO:
        values["language"] = None
    if "json" not in values["formats"]:
        values["formats"] += ("json",)  # it marks that a set of outputs is whole
    return Options(**values, diarization=Diarization(**speakers))


def _small_files(inbox: Path, name: str) -> Iterator[Path]:
    """From the inbox down to the recording: what is nearer wins."""
    for folder in reversed(PurePosixPath(name).parents):
        yield inbox / folder / OPTIONS_FILE
    yield inbox / f"{name}.yaml"
