"""The known clip through the whole chain: a real pass over a real inbox of its own."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from transcribid import starter
from transcribid.config import Config
from transcribid.doctor import child, kept
from transcribid.doctor.child import Death
from transcribid.doctor.finding import Finding, Level
from transcribid.doctor.model import STORE
from transcribid.domain.symptoms import recognised

_AREA = "self-test"
_FORMATS = ("txt", "srt", "json")
_BESIDES = 30.0  # seconds for the daemon around the engine
_OURS = ("TRANSCRIBID_", "WHISPER_", "SERVICE_PORT")  # variables that would win over the file
_BROKEN = b"engine.broken"  # then the daemon tries again and again, and we know
_LINES = 12  # of a log that are worth showing


@dataclass(frozen=True, slots=True)
class _EngineFields:
    model: str
    device: str
    compute_type: str
    notes: tuple[str, ...] = ()  # why it is not what was asked for


@dataclass(frozen=True, slots=True)
class _QualityFields:
    verdict: str


@dataclass(frozen=True, slots=True)
class _Output:
    text: str
    engine: _EngineFields
    quality: _QualityFields


def findings(config: Config, device: str, *, model_is_there: bool) -> Iterator[Finding]:
    """Without its own model, the small one proves at least all the rest."""
    if not model_is_there:
        why = "The bundled starter model is used instead."
        yield Finding(_AREA, f"{config.engine.model} cannot be tested", Level.NOTE, why)
    model = config.engine.model if model_is_there else "starter"
    with tempfile.TemporaryDirectory(prefix="transcribid-doctor-") as home:
        house = Path(home)
        _furnish(house, config, model)
        limit = config.engine.startup + config.engine.silence + _BESIDES
        began = time.monotonic()
        ended = child.run(
            _command(house), limit=limit, environment=_environment(), enough=_BROKEN
        )
        seconds = time.monotonic() - began
        if isinstance(ended, Death):
            yield child.explained(_AREA, "transcribid once", ended, Level.FAILURE)
        elif ended.status or _BROKEN.decode() in ended.muttered:
            yield _failed(house, ended.status, ended.muttered)
        else:
            yield _judged(house, device, seconds)


def _furnish(house: Path, config: Config, model: str) -> None:
    clip = starter.clip()
    settings: Mapping[str, object] = {
        "engine": {**config.engine.model_dump(mode="json"), "model": model},
        "transcription": {"language": clip.language},
        "outputs": {"formats": list(_FORMATS)},
        "watch": {"quiet": "200ms", "method": "polling"},
        "retry": {"strikes": 1},
        "limits": {"min_free_disk": "1MiB"},
        "web": {"port": None},
        "logging": {"format": "console"},
    }
    _file(house).write_text(yaml.safe_dump(settings))
    (house / "inbox").mkdir()
    (house / "state").mkdir()
    shutil.copy(clip.path, house / "inbox")
    for shared in (config.folders.state / STORE, kept.ours(config.folders.state)):
        if shared and shared.is_dir():
            (house / "state" / shared.name).symlink_to(shared)


def _file(house: Path) -> Path:
    return house / "transcribid.yaml"


def _command(house: Path) -> tuple[str, ...]:
    once = ("-m", "transcribid", "once", "--config", os.fspath(_file(house)))
    return (sys.executable, "-P", *once)


def _environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.upper().startswith(_OURS)
    }


def _failed(house: Path, status: int, muttered: str) -> Finding:
    """In the daemon's own words: the report on the clip, else its last lines."""
    reports = sorted((house / "quarantine").glob("*.report.txt"))
    said = "\n".join([*(each.read_text() for each in reports), muttered])
    what = (
        f"The test clip was not transcribed (exit status {status})"
        if status
        else "The engine failed"
    )
    if symptom := recognised(said):
        return Finding(_AREA, what, Level.FAILURE, symptom.cause, symptom.remedy)
    shown = "\n".join((reports[0].read_text() if reports else muttered).splitlines()[-_LINES:])
    return Finding(_AREA, what, Level.FAILURE, shown, "For details, run: transcribid demo")


def _judged(house: Path, device: str, seconds: float) -> Finding:
    clip = starter.clip()
    outputs = {name: house / "outbox" / f"{clip.path.stem}.{name}" for name in _FORMATS}
    if missing := [each.name for each in outputs.values() if not each.is_file()]:
        return _objected(f"{', '.join(missing)} not delivered", "")
    try:
        document = TypeAdapter(_Output).validate_json(outputs["json"].read_bytes())
    except ValidationError as error:
        return _objected("The JSON output is invalid", str(error))
    engine, text = document.engine, outputs["txt"].read_text()
    if engine.device != device:
        return _objected(f"It ran on {engine.device}, not on {device}", " ".join(engine.notes))
    wrong = starter.word_errors(clip.reference, text)
    half = len(starter.words(clip.reference)) / 2
    if not text.strip() or (wrong > half and document.quality.verdict != "good"):
        why = f"It transcribed {text.strip()[:200]!r}; expected {clip.reference.strip()!r}."
        return _objected("The test clip was transcribed incorrectly", why)
    where = f"{engine.model}, {engine.device}, {engine.compute_type}"
    words = f"{wrong} words wrong" if wrong else "all words correct"
    return Finding(_AREA, f"Test clip in {seconds:.1f} s with {where}: {words}")


def _objected(what: str, why: str) -> Finding:
    remedy = "Run it again with engine.device cpu to see whether the device is at fault."
    return Finding(_AREA, what, Level.FAILURE, why, remedy)
