"""A user's program: facts as JSON on its standard input, and in its environment."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from transcribid.domain.naming import printable
from transcribid.domain.news import Notice
from transcribid.hooks.conversation import Conversation
from transcribid.hooks.courier import NotDelivered
from transcribid.process.environment import without_secrets

_MAX_OUTPUT = 300  # characters of its standard error that are reported


@dataclass(frozen=True, slots=True)
class CommandTarget:
    words: Sequence[str]
    folder: Path  # the outbox: outputs are named relative to it
    timeout: float  # seconds

    @property
    def key(self) -> str:
        return sha256("\0".join(self.words).encode(errors="surrogateescape")).hexdigest()[:16]

    @property
    def label(self) -> str:
        return f"command {Path(self.words[0]).name}"

    def send(self, notice: Notice) -> None:
        """Processes that it leaves running are not waited for. Raises NotDelivered."""
        with self._start(notice) as process:
            try:
                output = Conversation(process, notice.facts.encode()).run(self.timeout)
            except TimeoutError:
                raise NotDelivered(
                    f"It did not finish within {self.timeout:g} seconds."
                ) from None
            finally:
                _end(process)
        if process.returncode:
            output = printable(output[-_MAX_OUTPUT:])
            raise NotDelivered(f"It exited with {process.returncode}: {output}")

    def _start(self, notice: Notice) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self.words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=self.folder,
                env=environment(os.environ, json.loads(notice.facts)),
                start_new_session=True,
            )
        except OSError as error:
            raise NotDelivered(f"It cannot be started: {error.strerror}.") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it with its process group, unless it has ended."""
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def environment(inherited: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, str]:
    """The inherited variables without secrets, plus the facts."""
    outputs: list[str] = facts["outputs"]
    values = {
        **{name: facts[name] for name in _FIELDS},
        "output": outputs[0] if outputs else "",
        "outputs": "\n".join(outputs),
    }
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    return without_secrets(inherited) | {
        f"TRANSCRIBID_{name.upper()}": text.replace("\0", "")  # not allowed in an environment
        for name, text in texts.items()
    }


_FIELDS = (
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
