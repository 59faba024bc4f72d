"""No library sends telemetry, whichever process imports it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from transcribid.process.environment import QUIET

_DETECT = "from transcribid.preparer.speech import SpeechDetector; SpeechDetector()"


def left_behind(home: Path, program: str) -> list[Path]:
    """What a program writes into a home of its own; onnxruntime begins with an identifier."""
    environment = {name: value for name, value in os.environ.items() if name not in QUIET}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    subprocess.run([sys.executable, "-P", "-c", program], env=environment, check=True)
    return list(home.rglob("*"))


def test_speech_is_detected_without_telemetry(tmp_path: Path) -> None:
    assert left_behind(tmp_path, _DETECT) == []


@pytest.mark.parametrize("name", QUIET)
def test_tests_send_no_telemetry_either(name: str) -> None:
    assert os.environ[name] == QUIET[name]
