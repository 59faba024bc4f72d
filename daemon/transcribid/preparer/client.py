"""One process that parses media for us, and the channel to it."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from transcribid.domain.job import Failure, FailureKind
from transcribid.process import limits
from transcribid.process.environment import without_secrets
from transcribid.protocol.preparer import Channel

_PREPARER = (sys.executable, "-P", "-m", "transcribid.preparer")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_PATIENCE = 120.0  # seconds that a preparer may be silent
_LAST_MOMENT = 1.0  # seconds for a process to exit after its channel broke
_REMEDY = "If it plays elsewhere, convert it, for instance with `ffmpeg -i FILE NEW.flac`."


class PreparerProcess:
    def __init__(self) -> None:
        """Call it from a thread that lives on: the process dies with it.

        Raises OSError where no process can be started.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [*_PREPARER, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    env={**without_secrets(os.environ), **_ONE_THREAD},
                )
        except OSError:
            ours.close()
            raise
        ours.settimeout(_PATIENCE)
        self.channel = Channel(ours)
        self._started = False
        self._killed_before = limits.kills()

    def wait_until_started(self) -> None:
        """Raises OSError, EOFError or InvalidMessage where it cannot start."""
        if not self._started:
            self.channel.receive()
            self._started = True

    def processor_seconds(self) -> float:
        """CPU time it has used so far; 0 once it has exited."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text(errors="replace")
        except OSError:
            return 0.0
        in_user_mode, in_kernel = stat.rpartition(")")[2].split()[11:13]
        return (int(in_user_mode) + int(in_kernel)) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # flushing what it did not read fails
            self.channel.close()

    def lost(self, error: Exception) -> Failure:
        """How it ended, after its channel broke; it is killed if it is still alive."""
        if isinstance(error, TimeoutError):
            self._process.kill()
            return _failure(f"was killed: it did not respond for {_PATIENCE:.0f} seconds")
        try:
            status = self._process.wait(_LAST_MOMENT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return _failure(f"was killed: it sent an invalid message: {error}")
        if status == -signal.SIGKILL and limits.kills() > self._killed_before:
            return _STARVED
        if status < 0:
            return _failure(f"was killed by {signal.Signals(-status).name}")
        return _failure(f"exited with status {status}")


def _failure(how: str) -> Failure:
    message = f"The decoder process {how}."
    return Failure(FailureKind.PREPARER, message, _REMEDY)


_STARVED = Failure(
    FailureKind.STARVED,
    "The kernel killed the decoder process because memory ran out.",
    "Check what uses the memory: `journalctl -k -g oom`.",
)
