"""A small Debian in a folder, and the packages that pip needs in it; made once and kept."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_KEPT = REPOSITORY / ".venv"  # ignored by git, removed by `make clean`
_PACKAGES = (  # the first four are those of docs/systemd.md: apt install ...
    *("git", "make", "python3-systemd", "python3-venv"),
    *("ca-certificates", "dbus", "kmod", "procps", "sudo", "systemd", "systemd-sysv"),
)
_WRITTEN = {
    "machine-id": "0123456789abcdef" * 2,  # with none, systemd would set up a new machine
    "hostname": "house",
    "hosts": "127.0.0.1 localhost house",
}
_TOOLS = ("debootstrap", "systemd-nspawn", "nsenter", "unshare", "setpriv")


class CannotBoot(Exception):
    """What this machine lacks."""


def suite() -> str:
    """The release to boot: this machine's, or as BOOTED_SUITE says."""
    release = platform.freedesktop_os_release()
    return os.environ.get("BOOTED_SUITE") or release.get("VERSION_CODENAME", "")


def rootfs(packages: Sequence[str] = _PACKAGES, kind: str = "") -> Path:
    """`kind`: a word that tells it from others. Raises CannotBoot where none can be made."""
    if os.geteuid() != 0:
        raise CannotBoot("needs root")
    if missing := [tool for tool in _TOOLS if not shutil.which(tool)]:
        raise CannotBoot(f"needs {', '.join(missing)}")
    if subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "true"], check=False
    ).returncode:
        raise CannotBoot("no namespaces may be made here")
    root = _KEPT / "rootfs" / f"{suite()}{kind}"
    if _is_made(root, *packages, *_WRITTEN.values()):
        return root
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    mirror, components = _archive()
    command = [
        *("debootstrap", "--variant=minbase", f"--components={','.join(components)}"),
        *(f"--include={','.join(packages)}", suite(), str(root), mirror),
    ]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(root, ignore_errors=True)
        raise CannotBoot(f"debootstrap failed: {made.stdout[-500:]}{made.stderr[-500:]}")
    for name, content in _WRITTEN.items():
        (root / "etc" / name).write_text(f"{content}\n")
    return _made(root, *packages, *_WRITTEN.values())


def wheelhouse(root: Path) -> Path:
    """What `pip install .` needs in there, for the Python that is there.

    Raises CannotBoot where no package index is reachable.
    """
    version = _python(root)
    house = _KEPT / "wheelhouse" / version
    constraints = REPOSITORY / "constraints.txt"
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    if _is_made(house, constraints.read_text(), *wanted):
        return house
    shutil.rmtree(house, ignore_errors=True)
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:"),
        *("--python-version", version, *_platforms(), "--constraint", str(constraints)),
        *("--dest", str(house), *wanted),
    ]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(house, ignore_errors=True)
        raise CannotBoot(f"pip download failed: {made.stderr[-500:]}")
    return _made(house, constraints.read_text(), *wanted)


def _archive() -> tuple[str, list[str]]:
    """The address that this machine's own apt uses, and the components that it takes there."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT)"]
    chosen = ["Created-By: Packages", f"Codename: {release}"]
    try:
        listed = subprocess.run([*command, *chosen], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotBoot(f"apt names no mirror: {error}") from error
    lines = [line.split() for line in listed.stdout.splitlines()]
    if not lines:
        raise CannotBoot(f"apt names no mirror of {release}")
    mirror = lines[0][0]
    return mirror, sorted({component for address, component in lines if address == mirror})


def _python(root: Path) -> str:
    version = (root / "usr/bin/python3").readlink().name  # python3.11
    return version.removeprefix("python")


def _platforms() -> list[str]:
    """Debian 12, the oldest that has our Python, comes with version 2.36 of the C library."""
    kinds = [f"manylinux_2_{minor}" for minor in range(36, 4, -1)]
    return [
        f"--platform={kind}_{platform.machine()}" for kind in (*kinds, "manylinux2014", "linux")
    ]


def _is_made(folder: Path, *of: str) -> bool:
    stamp = _stamp(folder)
    return folder.is_dir() and stamp.exists() and stamp.read_text() == _digest(*of)


def _made(folder: Path, *of: str) -> Path:
    _stamp(folder).write_text(_digest(*of))
    return folder


def _stamp(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.made")


def _digest(*of: str) -> str:
    return hashlib.sha256("\n".join(of).encode()).hexdigest()
