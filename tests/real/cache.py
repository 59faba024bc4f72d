"""Where packages, weights and answers of others are kept: whole or not at all."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def root() -> Path:
    """Outside git: nothing of it is ours to give away."""
    if chosen := os.environ.get("TRANSCRIBID_REAL_CACHE"):
        return Path(chosen)
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "transcribid-real"


@contextmanager
def making(target: Path) -> Generator[Path]:
    """A path to fill with a file or a folder; it becomes the target when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".coming-", dir=target.parent) as coming:
        place = Path(coming) / target.name
        yield place
        try:
            place.rename(target)
        except OSError:
            if not target.is_dir():  # else somebody else was faster with the same
                raise


def forget(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
