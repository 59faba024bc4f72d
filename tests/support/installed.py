"""transcribid as a service of a booted system, installed there as the documentation says."""

import json
import shutil
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from support.booted import Booted, booted
from support.rootfs import REPOSITORY, rootfs, wheelhouse

CLONE = "/usr/src/transcribid"
PROGRAM = "/opt/transcribid/bin/transcribid"
CONFIG = "/etc/transcribid/config.yaml"
SHARED = "/srv/transcribid"
STATE = "/var/lib/transcribid"
APT = "sudo apt install git make python3-venv python3-systemd"
PULL = "sudo -u transcribid transcribid models pull large-v3-turbo"
INSTALL = "sudo make install"
ENABLE = "sudo systemctl enable --now transcribid"
STATUS = "systemctl status transcribid"
FIVE = (APT, INSTALL, PULL, ENABLE, STATUS)
_DROP_INS = "/etc/systemd/system/transcribid.service.d"
_UNTRACKED = (
    ".git",
    ".venv",
    ".*_cache",
    ".hypothesis",
    "__pycache__",
    "*.egg-info",
    "scratch",
)
PATIENCE = 60.0  # seconds
_numbers = count(1)


class Installed:
    def __init__(self, system: Booted, said: Mapping[str, str]) -> None:
        """`said`: by each of the commands that installed it."""
        self.system = system
        self.said = said
        self._since = 0  # by the monotonic clock in microseconds: here its journal begins

    def begin_anew(self) -> None:
        """As after the installation: nothing was ever transcribed, and nothing runs."""
        self.control("kill", "--signal=KILL", check=False)
        self.control("stop")
        shutil.rmtree(self.system.path(_DROP_INS), ignore_errors=True)
        for folder in (SHARED, STATE):
            shutil.rmtree(self.system.path(folder), ignore_errors=True)
        self.configure()
        self.system.run("systemd-tmpfiles", "--create", "transcribid.conf")
        self.system.run("systemctl", "daemon-reload")
        self.control("reset-failed", check=False)
        self._since = time.monotonic_ns() // 1000

    def control(self, verb: str, *options: str, check: bool = True) -> str:
        """systemctl VERB ... transcribid"""
        done = self.system.run("systemctl", verb, *options, "transcribid", check=check)
        return done.stdout + done.stderr

    def configure(self, settings: str = "") -> None:
        """Write the configuration: ours, and these at its end."""
        self.system.path(CONFIG).write_text(edited(SHARED, STATE) + settings)

    def drop_in(self, lines: str) -> None:
        folder = self.system.path(_DROP_INS)
        folder.mkdir(exist_ok=True)
        (folder / f"{next(_numbers)}.conf").write_text(lines)
        self.system.run("systemctl", "daemon-reload")

    def fact(self, name: str) -> str:
        return self.control("show", f"--property={name}", "--value").strip()

    @property
    def pid(self) -> int:
        """Of its main process, as it is called in there."""
        return int(self.fact("MainPID"))

    def signal(self, name: str) -> None:
        self.system.run("kill", f"-{name}", str(self.pid))

    def children(self) -> list[int]:
        listed = self.system.run("pgrep", "--parent", str(self.pid), check=False)
        return [int(child) for child in listed.stdout.split()]

    def drop(self, name: str, content: bytes) -> None:
        """Put a file into the inbox, as its owner."""
        target = self.system.path(f"{SHARED}/inbox/{name}")
        part = target.with_name(f".{target.name}.part")
        part.write_bytes(content)
        part.chmod(0o644)
        part.rename(target)

    def place(self, name: str) -> Path:
        return self.system.path(f"{SHARED}/{name}")

    def journal(self, *matches: str) -> list[dict[str, Any]]:
        """Since the last `begin_anew`."""
        self.system.run("journalctl", "--sync")
        told = self.system.run("journalctl", "--unit=transcribid", "--output=json", *matches)
        lines = map(json.loads, told.stdout.splitlines())
        return [line for line in lines if int(line["__MONOTONIC_TIMESTAMP"]) > self._since]

    def events(self, name: str) -> list[dict[str, Any]]:
        return self.journal(f"EVENT={name}")

    def last_words(self) -> str:
        return "\n".join(str(line.get("MESSAGE")) for line in self.journal()[-15:])

    def wait(self, condition: Callable[[], bool], why: str = "") -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {PATIENCE} s: {why}\n{self.last_words()}")
            time.sleep(0.2)

    def is_done(self, name: str) -> bool:
        return self.place(f"outbox/{Path(name).with_suffix('.json')}").exists()


@contextmanager
def installed(scratch: Path) -> Generator[Installed]:
    """A fresh system on which the five commands were run.

    Raises CannotBoot where this machine cannot do that.
    """
    root = rootfs()
    with booted(root, wheelhouse(root), scratch) as system:
        _clone(system)
        said = {command: _said(system, command) for command in (APT, f"{INSTALL} EXTRAS=")}
        Installed(system, said).configure()  # in place of PULL: there is no hub in there
        said |= {command: _said(system, command) for command in (ENABLE, STATUS)}
        yield Installed(system, said)


def edited(shared: str, state: str) -> str:
    """The configuration as somebody without a GPU and in a hurry leaves it."""
    names = ("inbox", "outbox", "archive", "quarantine")
    return yaml.safe_dump(
        {
            "folders": {**{name: f"{shared}/{name}" for name in names}, "state": state},
            "engine": {"model": "starter", "device": "cpu"},
            "watch": {"quiet": "500ms"},
            "transcription": {"profile": "fast"},
            "retry": {"backoff": "1s"},
            "stop_grace": "1s",
        }
    )


def make(system: Booted, *words: str) -> str:
    """make in the clone, as a user with sudo does."""
    done = system.run("sudo", "make", "--no-print-directory", *words, folder=CLONE)
    return done.stdout + done.stderr


def _said(system: Booted, command: str) -> str:
    done = system.run(*command.split(), folder=CLONE)
    return done.stdout + done.stderr


def _clone(system: Booted) -> None:
    """What is tracked, and a pip that finds its packages without a network."""
    shutil.copytree(REPOSITORY, system.path(CLONE), ignore=shutil.ignore_patterns(*_UNTRACKED))
    system.path("/etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n")
