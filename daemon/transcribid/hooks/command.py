"""A program of the user's: the facts as JSON on its standard input, and in its environment."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from transcribid.domain.naming import printable
from transcribid.domain.news import Notice
from transcribid.environment import without_secrets
from transcribid.hooks.courier import Refused

_LAST_WORDS = 300  # characters of what it said


@dataclass(frozen=True, slots=True)
class Command:
    words: Sequence[str]
    folder: Path  # the outbox: outputs are named relative to it
    timeout: float  # seconds

    @property
    def key(self) -> str:
        return sha256("\0".join(self.words).encode(errors="surrogateescape")).hexdigest()[:16]

    @property
    def label(self) -> str:
        return f"command {Path(self.words[0]).name}"

    def tell(self, notice: Notice) -> None:
        """Files, not pipes: whatever it leaves running holds nothing up."""
        with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
            told.write(notice.facts.encode())
            told.seek(0)
            try:
                process = subprocess.Popen(
                    self.words,
                    stdin=told,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    cwd=self.folder,
                    env=environment(os.environ, json.loads(notice.facts)),
                    start_new_session=True,
                )
            except OSError as error:
                raise Refused(f"It cannot be started: {error.strerror}.") from None
            status = self._ended(process)
            if status:
                said.seek(0)
                words = said.read().decode(errors="replace").strip()[-_LAST_WORDS:]
                raise Refused(f"It ended with {status}: {printable(words)}")

    def _ended(self, process: subprocess.Popen[bytes]) -> int:
        try:
            return process.wait(self.timeout)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise Refused(f"It did not end within {self.timeout:g} seconds.") from None


def environment(ours: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, str]:
    """Ours without what is secret, and with the facts."""
    outputs: list[str] = facts["outputs"]
    told = {
        **{name: facts[name] for name in _TOLD},
        "output": outputs[0] if outputs else "",
        "outputs": "\n".join(outputs),
    }
    texts = {name: "" if value is None else str(value) for name, value in told.items()}
    return without_secrets(ours) | {
        f"TRANSCRIBID_{name.upper()}": text for name, text in texts.items()
    }


_TOLD = (
    "event",
    "id",
    "job",
    "name",
    "reason",
    "message",
    "verdict",
    "language",
    "duration",
    "time",
    "host",
)
