"""transcribid doctor, as a person runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from transcribid.config import Config, load
from transcribid.doctor.finding import Finding, Level

_DOCTOR = (sys.executable, "-P", "-m", "transcribid", "doctor")
_DOOMED = Path(__file__).parent / "doomed"


def examined(root: Path, *words: str, status: int = 0, **variables: str) -> str:
    """What the doctor prints of the house at `root`."""
    done = subprocess.run(
        [*_DOCTOR, "--config", root / "transcribid.yaml", *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def findings(printed: str) -> list[Finding]:
    """What was printed as JSON."""
    said = json.loads(printed)["findings"]
    return [Finding(**{**each, "level": Level(each["level"])}) for each in said]


def failures(found: list[Finding]) -> list[Finding]:
    return [each for each in found if each.level is Level.FAILURE]


def configured(root: Path) -> Config:
    return load(root / "transcribid.yaml", environment={})


def doomed(word: str, death: str) -> Mapping[str, str]:
    """The environment in which those die that have this word in their command."""
    return {"PYTHONPATH": str(_DOOMED), "DOOMED": word, "DEATH": death}
