"""The options of one recording, and where each is set."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path, PurePosixPath
from typing import Any

from transcribid.config.checking import checked
from transcribid.config.contradictions import objections
from transcribid.config.files import found_layer
from transcribid.config.languages import AUTO
from transcribid.config.layer import single, stacked
from transcribid.config.model import Config
from transcribid.config.overrides import superseded
from transcribid.config.pattern import matches
from transcribid.config.problem import ConfigError, Key, Origin, Problem, dotted
from transcribid.config.recording import Override, SpeakersSection
from transcribid.domain.ignore import OPTIONS_FILE
from transcribid.domain.options import Diarization, Options

_Choices = dict[Key, tuple[Any, Origin]]
_COUNTS: tuple[Key, ...] = tuple(
    ("diarization", name) for name in ("num_speakers", "min_speakers", "max_speakers")
)
_LEAST, _MOST = _COUNTS[1:]


@dataclass(frozen=True, slots=True)
class Effective:
    options: Options
    origins: Mapping[str, str]  # of each option


def effective(config: Config, name: str, overrides: str = "") -> Effective:
    """Options of the recording at this path below the inbox; rereads the files beside it.

    `overrides`, in JSON, were requested with the job; they win. Raises ConfigError.
    """
    layers = (
        _general(config),
        *_from_rules(config, name),
        *_from_files(config, name),
        _from_request(config, overrides),
    )
    choices = reduce(_over, layers)
    origins = {dotted(key): str(origin) for key, (_, origin) in choices.items()}
    return Effective(_options(choices), origins)


def general(config: Config) -> Options:
    """Options of a recording without rules, files or overrides of its own."""
    return _options(_general(config))


def _general(config: Config) -> _Choices:
    keys = [("transcription", name) for name in type(config.transcription).model_fields]
    keys += [("engine", "beam_size"), ("outputs", "formats")]
    keys += [("diarization", name) for name in SpeakersSection.model_fields]
    return {
        (section, name) if section == "diarization" else (name,): (
            getattr(getattr(config, section), name),
            config.origin(section, name),
        )
        for section, name in keys
    }


def _over(lower: _Choices, upper: _Choices) -> _Choices:
    """The upper layer wins, and removes numbers of speakers that contradict it."""
    counts = {
        str(key[-1]): (value, origin)
        for key, (value, origin) in upper.items()
        if key in _COUNTS
    }
    both = lower | upper
    for name in superseded([name for name, (value, _) in counts.items() if value is not None]):
        key = ("diarization", name)
        if key not in upper and both[key][0] is not None:
            both[key] = (None, next(iter(counts.values()))[1])
    return both | _bounded(both, upper)


def _bounded(both: _Choices, upper: _Choices) -> _Choices:
    """If the minimum exceeds the maximum, the upper layer's bound is kept."""
    (least, one), (most, other) = both[_LEAST], both[_MOST]
    if not (least and most and least > most):
        return {}
    return {_MOST: (None, one)} if _LEAST in upper else {_LEAST: (None, other)}


def _from_rules(config: Config, name: str) -> Iterator[_Choices]:
    for index, rule in enumerate(config.rules):
        if matches(name, rule.match):
            yield {
                key: (value, config.origin("rules", index, *key))
                for key, value in rule.choices().items()
            }


def _from_files(config: Config, name: str) -> list[_Choices]:
    choices: list[_Choices] = []
    problems: list[Problem] = []
    for path in _options_files(config.folders.inbox, name):
        layer = checked(found_layer(path), Override)
        override = Override.model_validate(layer.data)
        objected = objections(config.engine.model, override)
        problems += layer.problems
        problems += [layer.problem((key,), message) for key, message in objected]
        choices.append(
            {key: (value, layer.origins[key]) for key, value in override.choices().items()}
        )
    if problems:
        raise ConfigError(problems)
    return choices


def _from_request(config: Config, overrides: str) -> _Choices:
    if not overrides:
        return {}
    origin = Origin("request")
    layer = checked(
        stacked(single((key,), value, origin) for key, value in json.loads(overrides).items()),
        Override,
    )
    override = Override.model_validate(layer.data)
    objected = objections(config.engine.model, override)
    problems = [
        *layer.problems,
        *(origin.problem((key,), message) for key, message in objected),
    ]
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
        values["formats"] += ("json",)  # it marks a set of outputs as complete
    return Options(**values, diarization=Diarization(**speakers))


def _options_files(inbox: Path, name: str) -> Iterator[Path]:
    """From the inbox down to the recording: nearer files win."""
    for folder in reversed(PurePosixPath(name).parents):
        yield inbox / folder / OPTIONS_FILE
    yield inbox / f"{name}.yaml"
