"""YAML, environment and command line to one Config; all problems at once, with their keys."""

from collections.abc import Mapping
from pathlib import Path

from transcribid.config.checking import checked
from transcribid.config.contradictions import contradictions
from transcribid.config.environment import FILE, environment_layer
from transcribid.config.files import file_layer
from transcribid.config.layer import Layer, single, stacked
from transcribid.config.model import Config, schema
from transcribid.config.problem import ConfigError, Origin, Problem
from transcribid.config.saved import saved_layer

__all__ = ["Config", "ConfigError", "Origin", "Problem", "find", "load", "schema"]

_DEFAULT_PATHS = (Path("transcribid.yaml"), Path("/etc/transcribid/config.yaml"))


def find(explicit: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The file to load; None: there is none, and the defaults apply."""
    if explicit:
        return _existing(explicit, "command line --config")
    if variable := environment.get(FILE):
        return _existing(Path(variable), f"environment {FILE}")
    return next((path for path in _DEFAULT_PATHS if _exists(path)), None)


def load(
    path: Path | None,
    *,
    environment: Mapping[str, str],
    overrides: Mapping[tuple[str, ...], object] = {},
) -> Config:
    """Overrides (command line) take precedence over the environment, that over the settings
    saved on the page, and those over the file.
    """
    file = checked(file_layer(path) if path else Layer(), Config)
    above = [
        checked(environment_layer(environment), Config),
        checked(stacked(_override(*each) for each in overrides.items()), Config),
    ]
    base = path.absolute().parent if path else Path.cwd()
    state = _settle(stacked((file, *above)), base).folders.state
    whole = stacked((file, checked(saved_layer(state), Config), *above))
    config = _settle(whole, base)
    wrong = {problem.key for problem in whole.problems}
    problems = (*whole.problems, *contradictions(config, wrong))
    if problems:
        raise ConfigError(problems)
    return config


def _settle(whole: Layer, base: Path) -> Config:
    return Config.model_validate(whole.data).located(base, whole.origins)


def _existing(path: Path, place: str) -> Path:
    if _exists(path):
        return path
    message = f"{path} does not exist; correct the path, or leave it out to use the defaults"
    raise ConfigError([Origin(place).problem((), message)])


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # load() reports why it cannot be read
    return True


def _override(key: tuple[str, ...], value: object) -> Layer:
    return single(key, value, Origin(f"command line --{key[-1].replace('_', '-')}"))
