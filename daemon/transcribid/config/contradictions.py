"""Keys that are valid on their own but contradict each other."""

import os
from collections.abc import Collection, Iterator
from itertools import permutations
from pathlib import Path, PurePath

from transcribid.config.model import Config
from transcribid.config.problem import DEFAULT, Key, Problem
from transcribid.config.recording import Transcription
from transcribid.domain.options import Task


def contradictions(config: Config, wrong: Collection[str]) -> Iterator[Problem]:
    """Problems between keys, except those in `wrong`, which are known to be invalid."""
    yield from _overlaps(config, wrong)
    yield from _unprotected_port(config, wrong)
    if "engine" in wrong or "engine.model" in wrong:
        return
    for above, options in _all_options(config):
        for name, message in objections(config.engine.model, options):
            key = (*above, name)
            yield config.origin(*key).problem(key, message)


def objections(model: str, options: Transcription) -> Iterator[tuple[str, str]]:
    """The options that the model does not support, each with the reason and a remedy."""
    name = PurePath(model).name.lower()
    english = name.endswith(".en")
    if options.task is Task.TRANSLATE and (english or "turbo" in name or "distil" in name):
        yield "task", f"model {model!r} cannot translate; use large-v3, or transcribe"
    if english and options.language not in ("auto", "en"):
        yield "language", f"model {model!r} supports only English; use one without .en"
    if english and options.languages and "en" not in options.languages:
        yield "languages", f"model {model!r} supports only English; use one without .en"
    if english and options.multilingual:
        yield "multilingual", f"model {model!r} supports only English; use one without .en"


def _unprotected_port(config: Config, wrong: Collection[str]) -> Iterator[Problem]:
    web, key = config.web, ("web", "host")
    if {"web", "web.host", "web.token"} & set(wrong) or web.port is None:
        return
    if not web.local and web.token is None and web.token_file is None:
        message = (
            f"{web.host} is reachable from other machines: set web.token or web.token_file"
        )
        yield config.origin(*key).problem(key, message)


def _all_options(config: Config) -> Iterator[tuple[Key, Transcription]]:
    yield ("transcription",), config.transcription
    for index, rule in enumerate(config.rules):
        yield ("rules", index), rule


def _overlaps(config: Config, wrong: Collection[str]) -> Iterator[Problem]:
    paths = {name: Path(os.path.realpath(folder)) for name, folder in config.folders}
    valid = [name for name in paths if not {"folders", f"folders.{name}"} & set(wrong)]
    for inner, outer in permutations(valid, 2):
        same = paths[inner] == paths[outer]
        if paths[inner].is_relative_to(paths[outer]) and not (same and inner < outer):
            verb = "is the same folder as" if same else "is inside"
            message = (
                f"{paths[inner]} (folders.{inner}) {verb} {paths[outer]} (folders.{outer})"
            )
            yield _attributed(config, ("folders", inner), ("folders", outer), message)


def _attributed(config: Config, first: Key, second: Key, message: str) -> Problem:
    key = second if config.origin(*first) is DEFAULT else first
    return config.origin(*key).problem(key, message)
