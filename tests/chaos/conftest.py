"""What every campaign needs: a second file system, and a way to say how much was done."""

import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")

Tell = Callable[[str], None]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Tell:
    """Put a line into the output of the test run."""

    def say(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{request.node.name}: {text}\n")

    return say


@pytest.fixture
def elsewhere(tmp_path: Path) -> Generator[Path]:
    """A folder on another file system than `tmp_path`."""
    if not _MEMORY.is_dir() or _MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system in /dev/shm")
    with tempfile.TemporaryDirectory(prefix="transcribid-", dir=_MEMORY) as folder:
        yield Path(folder)
