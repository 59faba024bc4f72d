"""The real process that decodes, and all that it says of a file."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from transcribid.domain.options import Options
from transcribid.protocol.preparer import (
    Channel,
    Ended,
    Preparation,
    Prepared,
    PreparerMessage,
    Rejected,
    SoundTask,
    Started,
)

MELS = 80
PREPARER = (sys.executable, "-P", "-m", "transcribid.preparer")
_DEFAULT = Options()


class Preparer:
    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [*PREPARER, str(theirs.fileno())]
            self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        self._channel = Channel(ours)
        assert self._channel.receive() == (Started(), b"")

    def close(self) -> None:
        self._channel.close()
        self.process.wait(60)

    def prepare(
        self,
        path: Path,
        options: Options = _DEFAULT,
        bookmark: str | None = None,
        *,
        accept_partial: bool = True,
        mels: int = MELS,
    ) -> Iterator[tuple[PreparerMessage, bytes]]:
        with path.open("rb") as file:
            task = Preparation(options, mels, 86_400.0, accept_partial, bookmark)
            self._channel.send_task(file.fileno(), task)
        while True:
            message, payload = self._channel.receive()
            assert not isinstance(message, Preparation | SoundTask)
            yield message, payload
            if isinstance(message, Ended | Rejected):
                return

    def windows(
        self, path: Path, options: Options = _DEFAULT, bookmark: str | None = None
    ) -> list[tuple[Prepared, bytes]]:
        said = self.prepare(path, options, bookmark)
        return [(each, payload) for each, payload in said if isinstance(each, Prepared)]
