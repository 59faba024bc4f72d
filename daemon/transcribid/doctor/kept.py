"""The cache of kernels that NVIDIA's driver compiles for the GPU."""

import os
from pathlib import Path

from transcribid.doctor.finding import Finding, Level


def ours(state: Path) -> Path | None:
    """The daemon's cache folder, if this user owns it: other users must not write to it."""
    folder = _folder(state)
    known = folder.is_dir() and folder.stat().st_uid == os.geteuid()
    return folder if known else None


def finding(area: str, state: Path) -> Finding:
    folder = _folder(state)
    nearest = next(each for each in (folder, *folder.parents) if os.access(each, os.F_OK))
    if os.access(nearest, os.W_OK | os.X_OK):
        return Finding(area, f"Compiled kernels are cached in {folder}")
    why = "Without it, Hopper and newer GPUs recompile all kernels at each start."
    remedy = f"As root: chown -R USER '{state}' (the daemon's user)"
    return Finding(area, f"{folder} cannot be written", Level.WARNING, why, remedy)


def _folder(state: Path) -> Path:
    return state / "nv-cache"
