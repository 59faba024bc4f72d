"""How an archive is fetched with pip, apt-get or npm, whichever this machine is set up for."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.request import urlopen

from real import cache
from real.packages import Kind, Package

_PATIENCE = 600.0  # seconds for one archive


class Unavailable(Exception):
    """It cannot be had on this machine now, and why."""


def _wheel(package: Package, folder: Path) -> Path:
    with cache.making(folder) as place:
        place.mkdir()
        _run(*_pip(package), "--quiet", "--dest", str(place))
    return _only_file(folder)


def _sdist(package: Package, folder: Path) -> Path:
    """pip would run its setup, so pip only says where it lies."""
    listing = _listing(*_pip(package), "-vv")
    (name,) = package.digests
    found = re.search(rf"\S+/{re.escape(name)}(?=[\s#])", listing)
    if not found:
        raise Unavailable(f"{package.name}: {_complaint(listing)}")
    with cache.making(folder) as place:
        place.mkdir()
        _copy(found[0], place / name)
    return _only_file(folder)


def _npm(package: Package, folder: Path) -> Path:
    with cache.making(folder) as place:
        place.mkdir()
        requirement = f"{package.name}@{package.version}"
        _run("npm", "pack", "--silent", "--ignore-scripts", requirement, cwd=place)
    return _only_file(folder)


def _debian(package: Package, folder: Path) -> Path:
    with cache.making(folder) as place:
        place.mkdir()
        try:
            _run("apt-get", "download", package.name, cwd=place)
        except Unavailable:
            if os.geteuid():
                raise
            _run("apt-get", "update", "-qq")  # a container begins with empty lists
            _run("apt-get", "download", package.name, cwd=place)
    return _only_file(folder)


DOWNLOADS: Mapping[Kind, Callable[[Package, Path], Path]] = {
    Kind.WHEEL: _wheel,
    Kind.SDIST: _sdist,
    Kind.NPM: _npm,
    Kind.DEBIAN: _debian,
}


def _pip(package: Package) -> tuple[str, ...]:
    requirement = f"{package.name}=={package.version}"
    download = (sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir")
    return (*download, "--only-binary", ":all:", requirement)


def _run(*command: str, cwd: Path | None = None) -> None:
    done = _done(*command, cwd=cwd)
    if done.returncode:
        raise Unavailable(_complaint(done.stdout))


def _listing(*command: str) -> str:
    """What it says, however it ends."""
    return _done(*command).stdout


def _done(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    if not shutil.which(command[0]):
        raise Unavailable(f"there is no {command[0]}")
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise Unavailable(f"{command[0]} did not end within {_PATIENCE:g} s") from late


def _copy(address: str, target: Path) -> None:
    try:
        with urlopen(address, timeout=_PATIENCE) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    except OSError as refused:
        raise Unavailable(f"{target.name}: {refused}") from refused


def _only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def _complaint(text: str) -> str:
    """The last line that looks like one."""
    lines = text.strip().splitlines() or ["nothing was said"]
    complaints = [line for line in lines if line.startswith(("ERROR:", "E:", "npm err"))]
    return (complaints or lines)[-1]
