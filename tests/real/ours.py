"""The real daemon hears a set: files in its inbox, transcripts from its outbox."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from real import heard
from real.cost import run
from real.heard import Answers
from real.programs import Setup
from real.recordings import Recording, VoiceSet
from real.weights import weights


def transcribe(voices: VoiceSet, setup: Setup) -> Answers:
    """By our defaults, but for the model, the languages, and a shorter wait for quiet."""
    with tempfile.TemporaryDirectory(prefix="transcribid-real-") as home:
        root = Path(home)
        groups = setup.by_language(voices)
        spoken = [language for language, _ in groups if language]
        for language, recordings in groups:
            _drop(recordings, root / "inbox" / (language or "any"))
        _configure(root / "transcribid.yaml", weights(setup.model), spoken)
        cost = run(
            [
                *(sys.executable, "-P", "-m", "transcribid", "once"),
                *("--config", os.fspath(root / "transcribid.yaml")),
            ],
            root / "cost.json",
            root / "log",
        )
        answers = {
            recording.path.name: heard.read(
                root / "outbox" / (language or "any") / f"{recording.path.stem}.json"
            )
            for language, recordings in groups
            for recording in recordings
        }
    return Answers(answers, cost)


def _drop(recordings: Iterable[Recording], folder: Path) -> None:
    folder.mkdir(parents=True)
    for recording in recordings:
        shutil.copyfile(recording.path, folder / recording.path.name)


def _configure(path: Path, model: Path, spoken: Iterable[str]) -> None:
    settings = {
        "engine": {"model": os.fspath(model), "device": "cpu", "compute_type": "int8"},
        "watch": {"quiet": "1s"},
        "outputs": {"formats": ["json"]},
        "after_success": "keep",
        "web": {"port": None},
        "rules": [{"match": f"{language}/**", "language": language} for language in spoken],
    }
    path.write_text(yaml.safe_dump(settings))
