"""What the tests on a GPU share: the reason why they cannot run, and models of real size."""

import subprocess
import sys
from pathlib import Path

import pytest

_ASK = (
    "import ctranslate2; from transcribid.engine.device import _prove_cuda; _prove_cuda(0);"
    "print(*sorted(ctranslate2.get_supported_compute_types('cuda')))"
)
_MAKE = Path(__file__).parents[1] / "bench" / "random_model.py"


def _refusal() -> str:
    """Why there is no GPU to test; asked in a process that may abort."""
    command = [sys.executable, "-P", "-c", _ASK]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return asked.stderr.strip().splitlines()[-1] if asked.returncode else ""


@pytest.fixture(scope="session", autouse=True)
def cuda() -> None:
    if refusal := _refusal():
        pytest.skip(f"no GPU to test: {refusal}")


@pytest.fixture(scope="session")
def turbo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in the shape of large-v3-turbo: for speed and memory, not for words."""
    folder = tmp_path_factory.mktemp("turbo")
    words = ["large-v3-turbo", str(folder), "--quantization", "float16"]
    subprocess.run([sys.executable, "-P", str(_MAKE), *words], check=True)
    return folder
