"""The real daemon as a process, in a house of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Self

import yaml

from support.processes import started_by

TESTS = Path(__file__).parent.parent
_MORTAL = Path(__file__).parent / "mortal.py"
_DEFAULTS: Mapping[str, object] = {
    "engine": {"model": "starter", "device": "cpu"},
    "watch": {"quiet": "1s"},
    "retry": {"backoff": "1s"},
    "web": {"port": None},
    "limits": {"min_free_disk": "1MiB"},
}
_LONGEST_STOP = 120.0  # seconds
_numbers = count(1)


class House:
    """A root with its folders and its configuration. Leaving it ends what runs in it."""

    def __init__(
        self, root: Path, folders: Mapping[str, str] | None = None, **settings: object
    ) -> None:
        """`settings` are sections of the configuration; their keys join our defaults."""
        folders = folders or {}
        self.root = root
        self.inbox = root / "inbox"
        self.outbox = root / folders.get("outbox", "outbox")
        self.archive = root / folders.get("archive", "archive")
        self.quarantine = root / folders.get("quarantine", "quarantine")
        self.state = root / folders.get("state", "state")
        self.inbox.mkdir(parents=True, exist_ok=True)
        self._config = root / "transcribid.yaml"
        self._settings: Mapping[str, object] = _DEFAULTS
        self.configure(folders=dict(folders), **settings)
        self._log = root / "log"
        self._log_before = 0  # bytes of it that earlier processes wrote
        self.sabotage = root / "sabotage"  # what it says is done to the engine: support.broken
        self.longest_pass = 600.0  # seconds until `once` is given up
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.lives():
            self._signal_group(signal.SIGKILL)
            self._ended()

    def start(self, *launcher: str, under: tuple[str, ...] = ()) -> None:
        """Start the daemon, by way of `mortal` when that is given words, or under a command."""
        self._process = self._spawned("run", launcher, under)

    def configure(self, **settings: object) -> None:
        """Write the configuration anew, with these on top of what was there."""
        self._settings = _joined(self._settings, settings)
        self._config.write_text(yaml.safe_dump(self._settings))

    def send(self, number: signal.Signals) -> None:
        self._running().send_signal(number)

    def reload(self) -> None:
        self.send(signal.SIGHUP)

    def freeze(self) -> None:
        """It lives and does nothing, until it is killed."""
        self.send(signal.SIGSTOP)
        stat = Path(f"/proc/{self.pid}/stat")
        wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", 60.0)

    @property
    def pid(self) -> int:
        return self._running().pid

    def children(self) -> list[int]:
        return started_by(self.pid)

    def ended(self) -> int:
        """Wait for it to end by itself. Returns the exit status."""
        return self._ended()

    def stop(self) -> int:
        """Ask it to end, once it obeys signals. Returns its exit status."""
        wait_until(lambda: self._started() or not self.lives(), 60.0, "a daemon that started")
        self._running().terminate()
        return self._ended()

    def kill(self) -> None:
        """End the daemon itself as a crash would; its children are its own affair."""
        self._running().kill()
        self._ended()

    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def once(self, *launcher: str) -> int:
        """Serve the inbox and end. Returns the exit status, negative for a signal."""
        process = self._process = self._spawned("once", launcher)
        try:
            process.wait(self.longest_pass)
        except subprocess.TimeoutExpired:
            self._signal_group(signal.SIGKILL)
        return self._ended()

    def asked(self, *words: str, status: int = 0) -> str:
        """A command to the daemon. Returns what it printed, as `transcribid` does."""
        return transcribid(*words, "--config", self._config, status=status)

    @property
    def log(self) -> list[dict[str, Any]]:
        lines = self._log.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == name]

    def last_words(self) -> str:
        return self._log.read_text(errors="replace")[-1500:]

    def drop(self, name: str, content: bytes, *, renamed: bool = True) -> Path:
        """Put a file into the inbox: under its name at once, or as `cp` does."""
        target = self.inbox / name
        target.parent.mkdir(parents=True, exist_ok=True)
        place = target.with_name(f".coming-{next(_numbers)}.part") if renamed else target
        place.write_bytes(content)
        return place.rename(target) if renamed else target

    def _spawned(
        self, verb: str, launcher: tuple[str, ...], under: tuple[str, ...] = ()
    ) -> subprocess.Popen[bytes]:
        program = (str(_MORTAL), *launcher) if launcher else ("-m", "transcribid")
        with self._log.open("ab") as log:
            self._log_before = log.tell()
            return subprocess.Popen(
                [*under, sys.executable, "-P", *program, verb, "--config", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{TESTS}:{TESTS / 'support' / 'sabotage'}",
                    "SABOTAGE": str(self.sabotage),
                },
                process_group=0,
            )

    def _started(self) -> bool:
        with self._log.open("rb") as log:
            log.seek(self._log_before)
            return b'"event": "daemon.started"' in log.read()

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "no daemon was started"
        return self._process

    def _ended(self) -> int:
        status = self._running().wait(_LONGEST_STOP)
        self._process = None
        return status

    def _signal_group(self, number: signal.Signals) -> None:
        """Its leader is not yet waited for, so the number is still its own."""
        os.killpg(self._running().pid, number)


def transcribid(*words: str | Path, status: int = 0) -> str:
    """Run a command. Returns what it printed, on whichever stream a person would look."""
    command = [sys.executable, "-P", "-m", "transcribid", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stderr if status else done.stdout


def wait_until(condition: Callable[[], bool], seconds: float, why: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {why or condition}")
        time.sleep(0.05)


def _joined(base: Mapping[str, object], more: Mapping[str, object]) -> dict[str, object]:
    """Sections join key by key; anything else is replaced."""
    joined = dict(base)
    for name, value in more.items():
        before = base.get(name)
        both = isinstance(before, dict) and isinstance(value, dict)
        joined[name] = {**before, **value} if both else value  # type: ignore[dict-item]
    return joined
