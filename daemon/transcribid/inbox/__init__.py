"""Watches the inbox: lists it, and posts files that settled and files that left."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from transcribid.domain.ignore import Ignore
from transcribid.domain.job import Source
from transcribid.domain.naming import printable
from transcribid.domain.settle import Entry, Sighting, observe
from transcribid.inbox.doorbell import Doorbell
from transcribid.inbox.listing import Listing, look

_BETWEEN_LOOKS = 0.2  # seconds at least, so that a burst of events causes one scan
_SHARE_OF_TIME = 9  # scans triggered by events may take a tenth of the time
_POLL = 2.0  # seconds between scans where events do not arrive
_EXPLAINED = 500  # entries of one scan that the log names
_UNSEEN = (0, 0, 0, 0)  # no file has this identity

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Watch:
    """How the inbox is watched. Times in seconds."""

    method: str  # auto, inotify or polling
    quiet: float
    rescan: float
    grace: float
    ignore: Ignore
    patience: float = 120.0  # for one scan, before its silence is reported


@dataclass(frozen=True, slots=True)
class Arrived:
    """These files are complete, as far as a scan can tell; oldest first."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """These files are no longer in the inbox, or are being replaced."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """A scan is over."""

    trouble: str | None  # why the inbox could not be scanned
    settling: tuple[str, ...]  # files that may still be incomplete
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])  # with the reasons


Notice = Arrived | Left | Looked


class Inbox:
    """One thread that scans; it decides nothing and only posts.

    Files that were there before and new files are treated alike: both must settle.
    """

    def __init__(
        self,
        folder: Path,
        watch: Watch,
        post: Callable[[Notice], None],
        trouble: Callable[[], str | None],
        known: Iterable[Source] = (),
    ) -> None:
        """`trouble` reports if the folder is gone; `known` are files of unfinished jobs."""
        self._folder = folder
        self._watch = watch
        self._post = post
        self._trouble = trouble
        self._bell = threading.Event()
        self._closing = False
        self._doorbell: Doorbell | None = None
        self._eventless = False
        self._sightings: dict[str, Sighting] = {}
        self._posted = {source.name: Entry(source, _UNSEEN) for source in known}
        self._explained: dict[str, str] = {}
        self._looked_at = time.monotonic()
        self._thread = self._new_thread()

    def start(self) -> None:
        self._looked_at = time.monotonic()
        self._thread.start()

    def tend(self, now: float) -> str | None:
        """Replace a watcher that died. Returns why the content is unknown, or None.

        `now` is monotonic time. Called from the main loop's thread.
        """
        if not (self.lives() or self._closing):
            log.error("inbox.watcher_died", remedy="it was restarted; report this bug")
            self._thread = self._new_thread()
            self._thread.start()
        silent = now - self._looked_at
        if silent <= self._watch.rescan + self._watch.patience:
            return None
        return (
            f"The inbox {self._folder} was last scanned {silent:.0f} s ago:"
            " its storage does not respond, or holds very many files."
        )

    def lives(self) -> bool:
        return self._thread.is_alive()

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, name="inbox", daemon=True)

    def look_again(self, name: str) -> None:
        """Post the file again if it is there. Called from the main loop's thread."""
        self._posted.pop(name, None)
        self._bell.set()

    def relist(self) -> None:
        """Post all files again. Called from the main loop's thread."""
        self._posted = {}
        self._bell.set()

    def close(self) -> None:
        self._closing = True
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._closing:
                began = time.monotonic()
                pause = self._surviving_look()
                looked = self._looked_at = time.monotonic()
                if self._bell.wait(pause) and not self._closing:
                    rest = max(_BETWEEN_LOOKS, (looked - began) * _SHARE_OF_TIME)
                    time.sleep(max(0.0, looked + min(rest, pause) - time.monotonic()))
                self._bell.clear()
        finally:
            if self._doorbell:
                self._doorbell.close()

    def _surviving_look(self) -> float:
        try:
            return self._look()
        except Exception as error:  # noqa: BLE001 - a dead watcher would leave people unserved
            self._post(Looked(f"the inbox cannot be watched: {error!r}", ()))
            return _POLL

    def _look(self) -> float:
        """Scan once. Returns the seconds until the next scan is due."""
        if trouble := self._trouble():
            self._post(Looked(trouble, ()))
            return min(self._watch.rescan, _POLL)
        self._hang_doorbell()
        try:
            listing = look(self._folder, self._watch.ignore)
        except OSError as error:
            self._post(Looked(f"inbox {self._folder}: {error.strerror}", ()))
            return min(self._watch.rescan, _POLL)
        self._explain(listing)
        return self._compare(listing, _boottime())

    def _hang_doorbell(self) -> None:
        if self._watch.method == "polling" or self._eventless or self._has_events():
            return
        if self._doorbell:
            self._doorbell.close()
        self._doorbell = Doorbell(self._folder, self._bell.set)
        reason = self._doorbell.hang(prove=self._watch.method == "auto")
        self._eventless = reason is not None
        log.info("inbox.watched", by="polling" if reason else "events", reason=reason or "")

    def _compare(self, listing: Listing, now: float) -> float:
        self._sightings = observe(self._sightings, listing.entries, now)
        self._post_left(listing)
        ripe: list[Entry] = []
        settling: list[str] = []
        due = self._watch.rescan if self._has_events() else min(_POLL, self._watch.rescan)
        for name, sighting in self._sightings.items():
            if self._posted.get(name) == sighting.entry:
                continue
            wait = sighting.ripe_at(quiet=self._watch.quiet, grace=self._watch.grace) - now
            if wait <= 0:
                ripe.append(sighting.entry)
            else:
                settling.append(name)
                due = min(due, wait)
        self._post_arrived(ripe)
        self._post(Looked(None, tuple(settling), listing.skipped))
        return due

    def _post_left(self, listing: Listing) -> None:
        gone = [
            name
            for name, entry in list(self._posted.items())
            if _moved_on(self._sightings.get(name), entry) and not listing.hides(name)
        ]
        if gone:
            for name in gone:
                self._posted.pop(name, None)
            self._post(Left(tuple(gone)))

    def _post_arrived(self, ripe: list[Entry]) -> None:
        if ripe:
            ripe.sort(key=lambda entry: (entry.source.mtime_ns, entry.source.name))
            self._posted.update((entry.source.name, entry) for entry in ripe)
            self._post(Arrived(tuple(ripe)))

    def _has_events(self) -> bool:
        return self._doorbell is not None and self._doorbell.is_hanging()

    def _explain(self, listing: Listing) -> None:
        """Log once why an entry is not taken, which is what users ask most."""
        before = self._explained
        fresh = [name for name, why in listing.skipped.items() if before.get(name) != why]
        for name in fresh[:_EXPLAINED]:
            log.info("inbox.skipped", name=printable(name), reason=listing.skipped[name])
        if (rest := len(fresh) - _EXPLAINED) > 0:
            log.info("inbox.skipped_more", count=rest, see="transcribid queue --skipped")
        self._explained = listing.skipped


def _moved_on(sighting: Sighting | None, posted: Entry) -> bool:
    """Whether the posted version is gone: removed, or being overwritten."""
    return sighting is None or sighting.entry.source != posted.source


def _boottime() -> float:
    """Seconds since boot, unaffected by clock changes, and including suspend."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
