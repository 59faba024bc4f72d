"""A virtual machine with a kernel of its own, which enforces what a container's may not."""

import platform
import shutil
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support.rootfs import CannotBoot, rootfs

_TOOLS = ("qemu-system-x86_64", "mkfs.ext4")
_PACKAGES = (
    *("ca-certificates", "dbus", "initramfs-tools", "kmod", "linux-image-cloud-amd64"),
    *("python3", "systemd", "systemd-sysv", "udev"),
)
_NETWORK = "[Match]\nName=e*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n"  # as qemu's
_SIZE = 2000  # MiB of its disk
_LONGEST_END = 30.0  # seconds


class Virtual:
    """We are another machine to it: its network knows us as 10.0.2.2."""

    def __init__(self, process: subprocess.Popen[bytes], console: Path) -> None:
        self._process = process
        self._console = console

    @property
    def said(self) -> str:
        return self._console.read_text(errors="replace")

    def wait_for(self, words: str, seconds: float) -> None:
        """Until its console has said so."""
        deadline = time.monotonic() + seconds
        while words not in self.said:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{words!r} was not said: {self.said[-2000:]}")
            time.sleep(0.2)


@contextmanager
def virtual(
    scratch: Path, files: Mapping[str, str], enabled: tuple[str, ...], ports: Mapping[int, int]
) -> Generator[Virtual]:
    """Boot a small Debian with these files and units; `ports` of ours lead to those of it.

    Raises CannotBoot where this machine cannot do that.
    """
    if platform.machine() != "x86_64":
        raise CannotBoot("the virtual machine is an x86_64")
    if missing := [tool for tool in _TOOLS if not shutil.which(tool)]:
        raise CannotBoot(f"needs {', '.join(missing)}")
    kept = rootfs(_PACKAGES, "virtual")
    disk = _disk(kept, scratch, files, enabled)
    forwards = [f"hostfwd=tcp:127.0.0.1:{ours}-:{its}" for ours, its in ports.items()]
    command = [
        *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1"),
        *("-m", "1024", "-nodefaults", "-display", "none", "-no-reboot"),
        *("-serial", f"file:{scratch / 'console'}", "-kernel", str(_newest(kept, "vmlinuz"))),
        *("-initrd", str(_newest(kept, "initrd.img")), "-append"),
        "root=/dev/vda rw console=ttyS0 panic=-1 systemd.mask=serial-getty@ttyS0.service",
        *("-drive", f"file={disk},if=virtio,format=raw,cache=unsafe"),
        *("-netdev", ",".join(("user,id=net", *forwards)), "-device", "virtio-net,netdev=net"),
    ]
    (scratch / "console").touch()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield Virtual(process, scratch / "console")
    finally:
        process.kill()
        process.wait(_LONGEST_END)


def _disk(
    kept: Path, scratch: Path, files: Mapping[str, str], enabled: tuple[str, ...]
) -> Path:
    root, disk = scratch / "root", scratch / "disk.img"
    subprocess.run(["cp", "--archive", kept, root], check=True)
    for name, content in {"/etc/systemd/network/net.network": _NETWORK, **files}.items():
        path = root / name.removeprefix("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    units = ("systemd-networkd.service", *enabled)
    subprocess.run(["systemctl", f"--root={root}", "enable", "--quiet", *units], check=True)
    size = f"{_SIZE}M"
    subprocess.run(["mkfs.ext4", "-q", "-F", "-d", root, disk, size], check=True)
    shutil.rmtree(root)
    return disk


def _newest(root: Path, name: str) -> Path:
    return max((root / "boot").glob(f"{name}-*"))
