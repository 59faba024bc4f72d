"""Programs from the package index that only some tests want, in an environment of their own."""

import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).parents[2] / ".venv" / "tools"


_PYTHON = _FOLDER / "bin" / "python"


def tool(name: str, requirement: str) -> Path | None:
    """Where the program is; None: it cannot be installed here."""
    program = _FOLDER / "bin" / name
    return program if program.exists() or _installed(requirement) else None


def python_with(package: str, requirement: str) -> Path | None:
    """A Python that can import it; None: it cannot be installed here."""
    there = [_PYTHON, "-c", f"import importlib.metadata as m; m.version({package!r})"]
    return _PYTHON if _works(there) or _installed(requirement) else None


def _installed(requirement: str) -> bool:
    if not _PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", _FOLDER], check=True)
    return _works([_PYTHON, "-m", "pip", "install", "--quiet", requirement])


def _works(command: list[str | Path]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
