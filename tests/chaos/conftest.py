"""What every campaign needs: a second file system."""

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Generator[Path]:
    """A folder on another file system than `tmp_path`."""
    if not _MEMORY.is_dir() or _MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system in /dev/shm")
    with tempfile.TemporaryDirectory(prefix="transcribid-", dir=_MEMORY) as folder:
        yield Path(folder)
