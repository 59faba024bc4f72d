"""Self-test: `transcribid once` on a temporary inbox with the known clip."""

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
_OVERHEAD = 30.0  # seconds for the daemon besides the engine
_OURS = ("TRANSCRIBID_", "WHISPER_", "SERVICE_PORT")  # variables that override the file
_BROKEN = b"engine.broken"  # once this is logged, the daemon would only retry
_LINES = 12  # of a log that are shown


@dataclass(frozen=True, slots=True)
class _EngineFields:
    model: str
    device: str
    compute_type: str
    notes: tuple[str, ...] = ()  # why the device is not the requested one


@dataclass(frozen=True, slots=True)
class _QualityFields:
    verdict: str


@dataclass(frozen=True, slots=True)
class _Output:
    text: str
    engine: _EngineFields
    quality: _QualityFields


def findings(config: Config, device: str, *, model_is_there: bool) -> Iterator[Finding]:
    """If the configured model is missing, the bundled one at least tests the rest."""
    if not model_is_there:
        why = "The bundled starter model is used instead."
        yield Finding(_AREA, f"{config.engine.model} cannot be tested", Level.NOTE, why)
    model = config.engine.model if model_is_there else "starter"
    with tempfile.TemporaryDirectory(prefix="transcribid-doctor-") as folder:
        home = Path(folder)
        _prepare(home, config, model)
        limit = config.engine.startup + config.engine.silence + _OVERHEAD
        began = time.monotonic()
        ended = child.run(
            _command(home), limit=limit, environment=_environment(), enough=_BROKEN
        )
        seconds = time.monotonic() - began
        if isinstance(ended, Death):
            yield child.explained(_AREA, "transcribid once", ended, Level.FAILURE)
        elif ended.status or _BROKEN.decode() in ended.stderr:
            yield _failed(home, ended.status, ended.stderr)
        else:
            yield _judged(home, device, seconds)


def _prepare(home: Path, config: Config, model: str) -> None:
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
    _file(home).write_text(yaml.safe_dump(settings))
    (home / "inbox").mkdir()
    (home / "state").mkdir()
    shutil.copy(clip.path, home / "inbox")
    for shared in (config.folders.state / STORE, kept.ours(config.folders.state)):
        if shared and shared.is_dir():
            (home / "state" / shared.name).symlink_to(shared)


def _file(home: Path) -> Path:
    return home / "transcribid.yaml"


def _command(home: Path) -> tuple[str, ...]:
    once = ("-m", "transcribid", "once", "--config", os.fspath(_file(home)))
    return (sys.executable, "-P", *once)


def _environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.upper().startswith(_OURS)
    }


def _failed(home: Path, status: int, stderr: str) -> Finding:
    """A known cause if any, else the report on the clip or the last log lines."""
    reports = sorted((home / "quarantine").glob("*.report.txt"))
    output = "\n".join([*(each.read_text() for each in reports), stderr])
    what = (
        f"The test clip was not transcribed (exit status {status})"
        if status
        else "The engine failed"
    )
    if symptom := recognised(output):
        return Finding(_AREA, what, Level.FAILURE, symptom.cause, symptom.remedy)
    shown = "\n".join((reports[0].read_text() if reports else stderr).splitlines()[-_LINES:])
    return Finding(_AREA, what, Level.FAILURE, shown, "For details, run: transcribid demo")


def _judged(home: Path, device: str, seconds: float) -> Finding:
    clip = starter.clip()
    outputs = {name: home / "outbox" / f"{clip.path.stem}.{name}" for name in _FORMATS}
    if missing := [each.name for each in outputs.values() if not each.is_file()]:
        return _failure(f"{', '.join(missing)} not delivered", "")
    try:
        document = TypeAdapter(_Output).validate_json(outputs["json"].read_bytes())
    except ValidationError as error:
        return _failure("The JSON output is invalid", str(error))
    engine, text = document.engine, outputs["txt"].read_text()
    if engine.device != device:
        return _failure(f"It ran on {engine.device}, not on {device}", " ".join(engine.notes))
    wrong = starter.word_errors(clip.reference, text)
    half = len(starter.words(clip.reference)) / 2
    if not text.strip() or (wrong > half and document.quality.verdict != "good"):
        why = f"It transcribed {text.strip()[:200]!r}; expected {clip.reference.strip()!r}."
        return _failure("The test clip was transcribed incorrectly", why)
    where = f"{engine.model}, {engine.device}, {engine.compute_type}"
    words = f"{wrong} words wrong" if wrong else "all words correct"
    return Finding(_AREA, f"Test clip in {seconds:.1f} s with {where}: {words}")


def _failure(what: str, why: str) -> Finding:
    remedy = "Run it again with engine.device cpu to see whether the device is at fault."
    return Finding(_AREA, what, Level.FAILURE, why, remedy)
