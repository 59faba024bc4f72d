"""A Samba server of our own, with the shares that we recommend."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Self

from support.daemon import House, wait_until

_INTO = "recordings"
_EXPLORER = Path(__file__).with_name("explorer.py")
SHARES = Path(__file__).parents[2] / "docker/samba/smb.conf"
_GLOBAL = """
[global]
    server role = standalone server
    map to guest = Bad User
    guest ok = yes
    interfaces = lo
    bind interfaces only = yes
    smb ports = {port}
    load printers = no
    disable spoolss = yes
    log file = {own}/log
    lock directory = {own}
    state directory = {own}
    cache directory = {own}
    pid directory = {own}
    private dir = {own}
    ncalrpc dir = {own}/ncalrpc

"""


def missing() -> str | None:
    """Why there can be no server here."""
    if os.geteuid():
        return "needs root"
    absent = [name for name in ("smbd", "smbclient") if not shutil.which(name, path=_PATH)]
    return f"needs {' and '.join(absent)}" if absent else None


class Server:
    """smbd for one house; leaving it ends it."""

    def __init__(self, house: House, user: str = "root") -> None:
        self._own = house.root / "samba"
        self._own.mkdir()
        self._port = _free_port()
        shares = SHARES.read_text().replace("/srv/transcribid", str(house.root))
        shares = shares.replace("force user = transcribid", f"force user = {user}")
        self.configuration = self._own / "smb.conf"
        self.configuration.write_text(_GLOBAL.format(port=self._port, own=self._own) + shares)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["smbd", "--foreground", "-s", self.configuration],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PATH": _PATH},
        )
        wait_until(self._answers, 30.0, "the server answers")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(30.0)

    def say(self, *commands: str, share: str = _INTO) -> str:
        """What smbclient answers to its commands."""
        done = subprocess.run(
            self.command(*commands, share=share),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60.0,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def upload(self, name: str) -> "Upload":
        return Upload(self.command(f'put - "{name}"'))

    def windows_copy(self, python: Path, file: Path, name: str) -> "Desktop":
        """`python` has smbprotocol."""
        return Desktop([str(python), str(_EXPLORER), str(self._port), _INTO, str(file), name])

    def command(self, *commands: str, share: str = _INTO) -> list[str]:
        return [
            *("smbclient", "--no-pass", f"--port={self._port}", "--configfile=/dev/null"),
            *(f"//127.0.0.1/{share}", "--command", "; ".join(commands)),
        ]

    def _answers(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self._port)) == 0


class Upload:
    """One file on its way through smbclient, as fast as we write."""

    def __init__(self, command: list[str]) -> None:
        self._client = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def send(self, content: bytes) -> None:
        assert self._client.stdin
        while content:
            content = content[self._client.stdin.write(content) :]

    def finish(self) -> None:
        assert self._client.stdin
        self._client.stdin.close()
        self._client.wait(60.0)

    def break_off(self) -> None:
        """As when a cable is pulled."""
        self._client.kill()


class Desktop:
    """A file whose room is reserved at once, and whose content follows when we say so."""

    def __init__(self, command: list[str]) -> None:
        self._client = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._client.stdout
        if self._client.stdout.readline() != "reserved\n":
            raise AssertionError(self._client.communicate()[1])

    def finish(self) -> None:
        _, said = self._client.communicate("go on\n", timeout=60.0)
        assert self._client.returncode == 0, said


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return asking.getsockname()[1]
