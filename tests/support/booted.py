"""A real systemd as process 1 of a throw-away container, in namespaces of its own.

Its disk is laid over a folder that is only read. Whatever becomes of the tests, the kernel ends
what runs in it and takes its mounts away as soon as the process is gone that started it.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.rootfs import CannotBoot

_ENVIRONMENT = (
    *("env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    *("HOME=/root", "TERM=dumb", "LANG=C.UTF-8"),
)
_UP = ("running", "degraded")
_POWER_OFF = signal.SIGRTMIN + 4  # systemd(1)
_LONGEST_BOOT = 60.0  # seconds
_LONGEST_COMMAND = 300.0  # seconds
_MOUNT_AND_BOOT = """
over() { mkdir "$2/upper" "$2/work" "$2/whole" &&
  mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" none "$2/whole"; }
if ! over "$1" "$2"; then   # not upon an overlay, as the disk of a container is
  mount -t tmpfs -o mode=755 none "$2" && over "$1" "$2" || exit 1
fi
exec systemd-nspawn --quiet --boot --directory "$2/whole" --machine "$3" --hostname house \\
  --register=no --keep-unit --console=pipe --private-network --bind-ro "$4:/wheels"
"""


@dataclass(frozen=True, slots=True)
class Booted:
    leader: int  # its process 1, by our numbers

    def path(self, inside: str) -> Path:
        """A place in there, for us."""
        return Path(f"/proc/{self.leader}/root") / inside.removeprefix("/")

    def run(
        self, *command: str, check: bool = True, folder: str = "/"
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in there, as root and with nothing of our environment."""
        done = subprocess.run(
            [*self._enter(), "env", f"--chdir={folder}", *command],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST_COMMAND,
        )
        if check:
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def begin(self, *command: str) -> subprocess.Popen[str]:
        """Start a command in there and do not wait for it."""
        return subprocess.Popen(
            [*self._enter(), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _enter(self) -> Sequence[str]:
        return ("nsenter", f"--target={self.leader}", "-a", "-r", "-w", "--", *_ENVIRONMENT)


@contextmanager
def booted(root: Path, wheels: Path, scratch: Path) -> Generator[Booted]:
    """Boot what lies in `root`, without a network, and see `wheels` as /wheels in there.

    Raises CannotBoot where systemd does not come up.
    """
    disk = scratch / "disk"
    disk.mkdir()
    command = [
        *("setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork"),
        *("--kill-child=KILL", "--mount-proc", "--propagation=private", "sh", "-c"),
        *(
            _MOUNT_AND_BOOT,
            "sh",
            str(root),
            str(disk),
            f"transcribid-{os.getpid()}",
            str(wheels),
        ),
    ]
    with (scratch / "console").open("wb") as console:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
        )
    try:
        leader = _up(process, scratch / "console")
        yield Booted(leader)
        os.kill(leader, _POWER_OFF)
        process.wait(_LONGEST_BOOT)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(scratch, ignore_errors=True)


def _up(process: subprocess.Popen[bytes], console: Path) -> int:
    deadline = time.monotonic() + _LONGEST_BOOT
    while process.poll() is None and time.monotonic() < deadline:
        leader = _leader(process.pid)
        if leader and _state(Booted(leader)) in _UP:
            return leader
        time.sleep(0.05)
    raise CannotBoot(f"systemd does not come up: {console.read_text(errors='replace')[-1000:]}")


def _leader(of: int) -> int | None:
    """The process 1: unshare starts nspawn, and that starts systemd."""
    nspawn = _child(of)
    leader = nspawn and _child(nspawn)
    if not leader or Path(f"/proc/{leader}/comm").read_text().strip() != "systemd":
        return None
    return leader


def _child(of: int) -> int | None:
    try:
        children = Path(f"/proc/{of}/task/{of}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


def _state(system: Booted) -> str:
    return system.run("systemctl", "is-system-running", check=False).stdout.strip()
