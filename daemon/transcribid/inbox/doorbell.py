"""Signals changes in the inbox, after proving that events arrive."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from watchdog.events import DirModifiedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from transcribid.storage.mounts import remote_kind

_PROBE = ".transcribid.probe"
_PROBE_WAIT = 2.0  # seconds; a local event takes milliseconds

_SILENT = ("opened", "closed_no_write")  # reading files is no change


class Doorbell(FileSystemEventHandler):
    """Events only trigger another scan; nothing depends on receiving one."""

    def __init__(self, inbox: Path, ring: Callable[[], None]) -> None:
        self._inbox = inbox
        self._ring = ring
        self._probe_seen = threading.Event()
        self._observer: BaseObserver | None = None
        self._watched: tuple[int, int] | None = None  # the folder's device and inode

    def hang(self, *, prove: bool) -> str | None:
        """Start watching. Returns the reason if events do not arrive here."""
        if prove and (kind := remote_kind(self._inbox)):
            return f"{kind} does not report changes by other machines"
        observer = Observer()
        observer.schedule(self, str(self._inbox), recursive=True)
        try:
            observer.start()
        except OSError as error:
            return f"the inotify watch limit is reached ({error.strerror})"
        self._observer, self._watched = observer, _identity(self._inbox)
        if prove and not self._probe():
            self.close()
            return "a probe file in the inbox triggered no event"
        return None

    def is_hanging(self) -> bool:
        """Whether it still watches the current inbox, which may have been remounted."""
        observer = self._observer
        if observer is None or self._watched != _identity(self._inbox):
            return False
        return all(part.is_alive() for part in observer.emitters)

    def close(self) -> None:
        if self._observer:
            self._observer.stop()
            self._observer.join()
            self._observer = None

    def on_any_event(self, event: FileSystemEvent) -> None:
        if Path(str(event.src_path)).name == _PROBE:
            self._probe_seen.set()
        elif event.event_type not in _SILENT and type(event) is not DirModifiedEvent:
            self._ring()

    def _probe(self) -> bool:
        probe = self._inbox / _PROBE
        try:
            probe.touch()
        except OSError:
            return False  # the inbox is read-only; other events may not arrive either
        try:
            return self._probe_seen.wait(_PROBE_WAIT)
        finally:
            with suppress(OSError):
                probe.unlink()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        facts = folder.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
