"""Who can reach the page of a service: nobody from elsewhere, until the drop-in lets them.

The filter of addresses is the kernel's, and containers often lack it without a word; so this is
a virtual machine, and a plain web server in the daemon's place: what is tested is the unit.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.serving import free_port
from support.rootfs import REPOSITORY, CannotBoot
from support.virtual import Virtual, virtual

pytestmark = pytest.mark.machine

_BOOT = 900.0  # seconds; every instruction is emulated
_SHUT, _OPEN = 5000, 5001  # ports in there
_UNITS = "/etc/systemd/system"
_INSTEAD = """
[Service]
Type=exec
WatchdogSec=0
ExecStart=
ExecStart=/usr/bin/python3 -m http.server {port}
"""
_LOOK = """
[Unit]
After=shut.service open.service
[Service]
Type=oneshot
StandardOutput=tty
TTYPath=/dev/ttyS0
ExecStart=/usr/bin/python3 /look.py
[Install]
WantedBy=multi-user.target
"""
_LOOKING = """
import time, urllib.request
for port in ({shut}, {open}):
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{{port}}/", timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    print(f"{{port}} answers at home", flush=True)
"""


def texts() -> dict[str, str]:
    """The unit twice, once with the drop-in."""
    folder = REPOSITORY / "systemd"
    unit = (folder / "transcribid.service").read_text()
    return {
        f"{_UNITS}/shut.service": unit,
        f"{_UNITS}/open.service": unit,
        f"{_UNITS}/shut.service.d/instead.conf": _INSTEAD.format(port=_SHUT),
        f"{_UNITS}/open.service.d/instead.conf": _INSTEAD.format(port=_OPEN),
        f"{_UNITS}/open.service.d/network.conf": (folder / "network.conf").read_text(),
        f"{_UNITS}/look.service": _LOOK,
        "/look.py": _LOOKING.format(shut=_SHUT, open=_OPEN),
        "/usr/lib/sysusers.d/transcribid.conf": (folder / "sysusers.conf").read_text(),
        "/usr/lib/tmpfiles.d/transcribid.conf": (folder / "tmpfiles.conf").read_text(),
    }


@pytest.fixture
def ports() -> dict[int, int]:
    """Ours that lead to those in there."""
    return {free_port(): _SHUT, free_port(): _OPEN}


@pytest.fixture
def machine(tmp_path: Path, ports: dict[int, int]) -> Iterator[Virtual]:
    units = ("shut.service", "open.service", "look.service")
    try:
        with virtual(tmp_path, texts(), units, ports) as machine:
            yield machine
    except CannotBoot as error:
        pytest.skip(str(error))


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=5.0).is_success
    except httpx.HTTPError:
        return False


def test_others_reach_the_page_only_by_the_drop_in(
    machine: Virtual, ports: dict[int, int]
) -> None:
    shut, opened = ports
    machine.wait_for(f"{_SHUT} answers at home", _BOOT)
    machine.wait_for(f"{_OPEN} answers at home", _BOOT)

    deadline = time.monotonic() + _BOOT
    while not answers(opened):
        assert time.monotonic() < deadline, machine.said[-2000:]
    assert not answers(shut)
