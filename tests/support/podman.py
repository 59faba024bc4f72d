"""Containers by Podman, in a store of their own below .venv that goes with it."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
_STORE = ROOT / ".venv" / "podman"
STORAGE = (f"--root={_STORE / 'storage'}", f"--runroot={_STORE / 'run'}")
_BASE = "localhost/transcribid-base:latest"
_IMAGE = "localhost/transcribid-test:latest"
_LONGEST = 600.0  # seconds
_STALE = "168h"  # layers of builds that nobody repeated for a week
_MADE_BY_THE_RUNTIME = {"/etc", "/run", "/dev"}  # and where volumes are mounted


def missing() -> str | None:
    """Why containers cannot be run here."""
    if os.geteuid():
        return "needs root"
    programs = ("podman", "debootstrap")
    absent = [name for name in programs if not shutil.which(name)]
    return f"needs {' and '.join(absent)}" if absent else None


@dataclass(frozen=True, slots=True)
class Image:
    name: str
    seconds: float  # that building took
    size: int  # bytes, with its base
    base_size: int
    layers: int  # of its own, above its base


def image() -> Image:
    """The image of this working tree, without CUDA, on a local base."""
    base = _base()
    began = time.monotonic()
    _build(base)
    seconds = time.monotonic() - began
    facts, below = _inspected(_IMAGE), _inspected(base)
    layers = len(facts["RootFS"]["Layers"]) - len(below["RootFS"]["Layers"])
    return Image(_IMAGE, seconds, facts["Size"], below["Size"], layers)


def podman(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["podman", *STORAGE, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        env=environment(),
        check=False,
    )
    if check and done.returncode:
        raise AssertionError(f"podman {' '.join(arguments)}: {done.stderr[-3000:]}")
    return done


def environment() -> Mapping[str, str]:
    """In which Podman works without systemd, on old control groups, and with low limits."""
    settings = _STORE / "containers.conf"
    if not settings.exists():
        _STORE.mkdir(parents=True, exist_ok=True)
        settings.write_text(_settings())
    return {**os.environ, "CONTAINERS_CONF": str(settings)}


class NoBase(Exception):
    """There is nothing to build upon."""


class Container:
    """One container; leaving it removes it."""

    def __init__(
        self, name: str, image: str, *options: str, command: Sequence[str] = ()
    ) -> None:
        self.name = name
        podman("rm", "--force", "--time=0", "--ignore", name)
        podman("create", "--name", name, *options, image, *command)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        podman("rm", "--force", "--time=0", self.name)

    def start(self) -> None:
        podman("start", self.name)

    def stop(self, grace: int) -> None:
        """As `docker stop` does: SIGTERM, and SIGKILL after `grace` seconds."""
        podman("stop", f"--time={grace}", self.name)

    def kill(self) -> None:
        podman("kill", "--signal=KILL", self.name)
        podman("wait", self.name)

    def ended(self) -> int:
        """Wait for it to end by itself. Returns its exit status."""
        return int(podman("wait", self.name).stdout)

    def state(self) -> dict[str, Any]:
        return _inspected(self.name, "container")["State"]

    @property
    def exit_status(self) -> int:
        return self.state()["ExitCode"]

    @property
    def healthy(self) -> bool:
        """Ask now, as the engine does from time to time."""
        return podman("healthcheck", "run", self.name, check=False).returncode == 0

    def run(self, *command: str) -> str:
        """What a command inside says."""
        return podman("exec", self.name, *command).stdout

    @property
    def output(self) -> str:
        """What it wrote to standard error."""
        return podman("logs", self.name).stderr

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == name]

    def changes(self) -> list[str]:
        """What was written into the container itself, outside all volumes."""
        lines = podman("diff", self.name).stdout.splitlines()
        mounts = {
            mount["Destination"] for mount in _inspected(self.name, "container")["Mounts"]
        }
        paths = {line.partition(" ")[2] for line in lines} - _MADE_BY_THE_RUNTIME
        return sorted(path for path in paths - mounts if not path.startswith("/run/"))

    def processes(self) -> dict[int, str]:
        """What runs inside, by its number on this machine, and its name."""
        return {pid: name for pid, (name, _) in self._all_processes()}

    def zombies(self) -> list[str]:
        return [name for _, (name, state) in self._all_processes() if state == "Z"]

    def _all_processes(self) -> Iterator[tuple[int, tuple[str, str]]]:
        first = int(self.state()["Pid"])
        for pid in (first, *_below(first)):
            with suppress(OSError):
                yield pid, _name_and_state(pid)


def _settings() -> str:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    runtime = 'runtime = "runc"\n' if shutil.which("runc") else ""
    return (
        f'[containers]\ndefault_ulimits = ["nofile=1024:{most}", "nproc=4096:4096"]\n'
        'log_driver = "k8s-file"\n'
        f'[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n{runtime}'
    )


def _base() -> str:
    """A Debian with a Python, such as a registry would give; made once."""
    if podman("image", "exists", _BASE, check=False).returncode:
        with tempfile.TemporaryDirectory(dir=_STORE) as folder:
            root, archive = Path(folder) / "root", Path(folder) / "root.tar"
            release = _release()
            made = subprocess.run(
                [
                    *("debootstrap", "--variant=minbase", "--include=python3,python3-venv"),
                    *(release, str(root), _mirror(release)),
                ],
                check=False,
                capture_output=True,
                text=True,
            )
            if made.returncode:
                raise NoBase(f"debootstrap failed: {made.stdout[-500:]}{made.stderr[-500:]}")
            left_out = [f"--exclude=./{name}/*" for name in ("proc", "sys", "dev")]
            left_out += [
                "--exclude=./var/cache/apt/archives/*.deb",
                "--exclude=./var/lib/apt/lists/*",
            ]
            subprocess.run(["tar", "-C", root, *left_out, "-cf", archive, "."], check=True)
            podman("import", str(archive), _BASE)
    return _BASE


def _release() -> str:
    facts = Path("/etc/os-release").read_text()
    found = re.search(r"^VERSION_CODENAME=(\w+)$", facts, re.MULTILINE)
    assert found, "this is no Debian"
    return found[1]


def _mirror(release: str) -> str:
    """Where this machine's own packages come from."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = (line.split() for line in told.splitlines())
    return next(uri for uri, *rest in lines if rest == [release, "main"])


def _build(base: str) -> None:
    podman("image", "prune", "--force", f"--filter=until={_STALE}")
    with tempfile.TemporaryDirectory() as folder:
        podman(
            *("build", "--format=docker", "--network=host", "--layers", "--quiet"),
            *("--file", str(ROOT / "docker/Dockerfile"), "--tag", _IMAGE),
            *("--build-arg", f"BASE_IMAGE={base}", "--build-arg", "EXTRAS="),
            *_as_pip_is_here(Path(folder)),
            str(ROOT),
        )


def _as_pip_is_here(folder: Path) -> Iterator[str]:
    """This machine's configuration of pip as build secrets, and the paths that it names."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    settings = dict(re.findall(r"^(?:global|:env:)\.([a-z-]+)='(.*)'$", told, re.MULTILINE))
    if certificates := settings.get("cert"):
        settings["cert"] = "/run/secrets/host_ca"
        yield f"--secret=id=host_ca,src={certificates}"
    configuration = folder / "pip.conf"
    lines = (f"{key} = {value}\n" for key, value in settings.items())
    configuration.write_text(f"[global]\n{''.join(lines)}")
    yield f"--secret=id=pip_conf,src={configuration}"
    for key, value in settings.items():
        for place in _named_in(value):
            beside = key.endswith("index-url")  # an index names files that lie beside it
            shown = place.parent if beside else place
            yield f"--volume={shown}:{shown}:ro"


def _named_in(value: str) -> Iterator[Path]:
    """The folders and files of this machine in a setting of pip."""
    for word in value.split():
        place = Path(word.removeprefix("file://"))
        if place.is_absolute() and place.exists():
            yield place


def _inspected(name: str, kind: str = "image") -> dict[str, Any]:
    return json.loads(podman("inspect", "--type", kind, name).stdout)[0]


def _below(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from _below(int(child))


def _name_and_state(pid: int) -> tuple[str, str]:
    name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
    return name, rest.split()[0]
