"""The configured folders, and whether they can be used now."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

from transcribid.config import Config
from transcribid.ledger import Ledger
from transcribid.service import rules
from transcribid.service.mount_guard import MARKER, MountGuard
from transcribid.storage import files
from transcribid.storage.archive import AfterSuccess
from transcribid.storage.instance_lock import AlreadyRunning, InboxLock, lock
from transcribid.storage.mounts import remote_kind

STAGED, WINDOWS, KEPT = "staged", "heard", "kept"  # in the state folder
_PRIVATE = (STAGED, WINDOWS, KEPT, "voices")


def open_state(config: Config, opened: ExitStack) -> None:
    """Create the state folder and lock it. Raises AlreadyRunning or OSError."""
    state = config.folders.state
    files.make_folder(state)
    if kind := remote_kind(state):
        raise OSError(f"folders.state {state} is on {kind}; it needs a local disk")
    opened.callback(os.close, lock(state))
    for name in _PRIVATE:
        files.make_private(state / name)


class Folders:
    """Guarded by markers; the inbox is locked against other daemons if locks work."""

    def __init__(self, config: Config, ledger: Ledger, opened: ExitStack) -> None:
        """Raises AlreadyRunning or OSError."""
        self._inbox = config.folders.inbox
        self._guard = MountGuard(dict(config.folders), ledger)
        self.prepare(config)
        self._inbox_lock = InboxLock(self._inbox / MARKER)
        opened.callback(self._inbox_lock.close)
        if not self.inbox_is_read_only and (other := self._inbox_lock.trouble()):
            raise AlreadyRunning(other)

    def prepare(self, config: Config) -> None:
        """Prepare the folders that this configuration uses. Raises OSError."""
        self._guard.prepare(rules.watched(config))

    @property
    def inbox_is_read_only(self) -> bool:
        return self._guard.was_read_only("inbox")

    def turned_read_only(self) -> bool:
        return self._guard.turned_read_only()

    def trouble(self, name: str) -> str | None:
        """Why a folder cannot be used now; an inbox that is only read may be shared."""
        trouble = self._guard.trouble(name)
        if trouble or name != "inbox" or self.inbox_is_read_only:
            return trouble
        return self._inbox_lock.trouble()

    def after_success(self, config: Config) -> AfterSuccess:
        """What to do with finished recordings: in a read-only inbox, they stay."""
        return "keep" if self.inbox_is_read_only else config.after_success

    def warnings(self) -> Iterator[str]:
        """What is degraded while the daemon runs."""
        if self.inbox_is_read_only:
            yield (
                f"inbox {self._inbox} is read-only: recordings stay there, as with"
                " after_success: keep."
            )
        elif (weakness := self._inbox_lock.weakness) and not self._guard.trouble("inbox"):
            yield (
                f"The inbox {self._inbox} cannot be locked ({weakness}):"
                " make sure that no other transcribid uses it."
            )
