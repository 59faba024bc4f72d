"""One process that parses media for us, and the channel to it."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from transcribid.domain.job import Failure, FailureKind
from transcribid.engine.channel import Channel
from transcribid.environment import without_secrets

_PREPARER = (sys.executable, "-P", "-m", "transcribid.engine.preparer")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_PATIENCE = 120.0  # seconds that a preparer may say nothing


class PreparerProcess:
    def __init__(self) -> None:
        """To be called from a thread that lives on: the process dies with it."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*_PREPARER, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**without_secrets(os.environ), **_ONE_THREAD},
            )
        ours.settimeout(_PATIENCE)
        self.channel = Channel(ours)

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # what it would not read is of no use now
            self.channel.close()

    def lost(self, error: Exception) -> Failure:
        """End it after its channel broke, and say how it ended."""
        self._process.kill()
        status = self._process.wait()
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else "ended"
        why = "it said nothing for too long" if isinstance(error, TimeoutError) else str(error)
        message = f"The process that decodes the recording {how}. {why}".strip()
        return Failure(FailureKind.LOST, message)
