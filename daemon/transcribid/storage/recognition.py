"""Recordings whose outputs lie in the outbox already: a lost ledger costs no second transcript.

What a JSON says is believed to spare work, and for nothing else.
"""

import hashlib
import json
import os
import stat
import sys
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from transcribid.domain.job import Copy, Plan
from transcribid.domain.naming import output_name
from transcribid.domain.options import Options
from transcribid.domain.quality import Quality, Verdict
from transcribid.domain.settle import Entry
from transcribid.outputs.verbose_json import SCHEMA
from transcribid.storage import files
from transcribid.storage.outbox import bases, owner, same_options

_LARGEST = 64 << 20  # bytes of a JSON that is read
_SETS = 6  # of one recording that are looked at
_AT_ONCE = 200  # entries of one answer, at most
_BLOCK = 1 << 20
_HUMBLE = 19  # the lowest priority; where the kernel weighs disks by it, of reading too
# What reading somebody else's JSON may raise.
_FOREIGN = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Known:
    """Where the outputs of a recording lie."""

    copy: Copy
    plan: Plan
    quality: str  # in words, as its history would have them


Find = Callable[[], Known | None]
"""Takes its time."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Files were compared with the outbox. None: they have to be transcribed."""

    entries: tuple[Entry, ...]
    known: Known | None  # of a single one


class Clerk:
    """Two threads that decide nothing: one looks at names, the other one reads recordings.

    The second lets everything else go first, for libraries have terabytes.
    """

    def __init__(self, post: Callable[[Compared], None]) -> None:
        self._post = post
        self._closing = threading.Event()
        self._looking = ThreadPoolExecutor(1, "recognition")
        self._reading = ThreadPoolExecutor(1, "recognition-reading", _be_humble)
        self.shelf = Shelf()  # for the looking thread

    def look(self, entries: Sequence[Entry], sort: Callable[[Entry], Find | None]) -> None:
        """Post those for which `sort` has no way of finding out more, and find it out."""
        for first in range(0, len(entries), _AT_ONCE):
            self._looking.submit(self._look, entries[first : first + _AT_ONCE], sort)

    def _look(self, entries: Sequence[Entry], sort: Callable[[Entry], Find | None]) -> None:
        finds = {entry: find for entry in entries if (find := _sorted(entry, sort))}
        if unknown := tuple(entry for entry in entries if entry not in finds):
            self._post(Compared(unknown, None))
        for entry, find in finds.items():
            self._reading.submit(self._answer, entry, find)

    def _answer(self, entry: Entry, find: Find) -> None:
        try:
            known = find()
        except Exception:  # noqa: BLE001 - whatever is wrong with it, the usual way reports it
            known = None
        self._post(Compared((entry,), known))

    def sha256(self, descriptor: int) -> str:
        """Raises InterruptedError when it is closed meanwhile."""
        digest = hashlib.sha256()
        while block := os.read(descriptor, _BLOCK):
            if self._closing.is_set():
                raise InterruptedError
            digest.update(block)
        return digest.hexdigest()

    def close(self) -> None:
        self._closing.set()
        for pool in (self._looking, self._reading):
            pool.shutdown(cancel_futures=True)


def _sorted(entry: Entry, sort: Callable[[Entry], Find | None]) -> Find | None:
    try:
        return sort(entry)
    except Exception:  # noqa: BLE001 - one odd entry keeps none of the others from its answer
        return None


class Shelf:
    """The JSONs in each folder of the outbox, listed anew when it has changed."""

    def __init__(self) -> None:
        self._listed: dict[Path, tuple[int, list[str]]] = {}

    def lying(self, folder: Path, head: str, tail: str) -> list[str]:
        """Names that begin and end so."""
        names = self.names(folder)
        first = bisect_left(names, head)
        last = bisect_left(names, head + chr(sys.maxunicode), first)
        return [name for name in names[first:last] if name.endswith(tail)]

    def names(self, folder: Path) -> list[str]:
        """All of them, in order."""
        try:
            changed = folder.stat().st_mtime_ns
            if folder not in self._listed or self._listed[folder][0] != changed:
                names = (path.name for path in folder.iterdir())
                self._listed[folder] = changed, sorted(n for n in names if n.endswith(".json"))
        except OSError:
            return []
        return self._listed[folder][1]


@dataclass(frozen=True, slots=True)
class Recognition:
    """By what a set of outputs is told to be the one that would be made now."""

    inbox: Path
    outbox: Path
    naming: str
    model: str
    options_of: Callable[[str], Options]
    clerk: Clerk

    def begin(self, entries: Sequence[Entry]) -> None:
        """Each of them is in one answer, some time."""
        self.clerk.look(entries, self._sort)

    def _sort(self, entry: Entry) -> Find | None:
        markers = list(self._markers(entry.source.name))
        return partial(self._known, entry, markers) if markers else None

    def _known(self, entry: Entry, markers: Iterable[tuple[str, Path]]) -> Known | None:
        options = self.options_of(entry.source.name)
        for base, marker in markers:
            with suppress(*_FOREIGN):
                told = _document(marker)
                if self._fits(told, entry, options) and _is_whole(told, marker):
                    copy = self._copy(entry)
                    if copy and copy.sha256 == told["source"]["sha256"]:
                        return Known(copy, Plan(base), _quality(told))
        return None

    def _fits(self, told: Mapping[str, Any], entry: Entry, options: Options) -> bool:
        source = told["source"]
        same = owner(told) == entry.source.name and source["size"] == entry.source.size
        made = told["schema"] == SCHEMA and told["engine"]["model"] == self.model
        return same and made and same_options(told, options)

    def _copy(self, entry: Entry) -> Copy | None:
        """What is there now, if that is the version that was seen."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with files.opened(self.inbox / entry.source.name, flags) as descriptor:
            before = os.fstat(descriptor)
            sha256 = self.clerk.sha256(descriptor)
            unchanged = entry.source.matches(os.fstat(descriptor))
        return Copy.of(sha256, before) if stat.S_ISREG(before.st_mode) and unchanged else None

    def _markers(self, name: str) -> Iterator[tuple[str, Path]]:
        """Where a JSON of its outputs may lie, with what its set is called after."""
        if not self.clerk.shelf.names((self.outbox / name).parent):
            return
        first, second, *numbered = islice(bases(name, room=self._room), _SETS)
        for base in dict.fromkeys((first, second, _stem(name))):
            yield from self._lying(base)
        for base in numbered:
            lying = list(self._lying(base))
            if not lying:
                return
            yield from lying

    def _lying(self, base: str) -> Iterator[tuple[str, Path]]:
        folder, _, stem = base.rpartition("/")
        marker = output_name(self.naming, stem=stem, language="\0", format_name="json")
        head, _, tail = marker.partition("\0")
        for name in self.clerk.shelf.lying(self.outbox / folder, head, tail):
            if tail or name == head:
                yield base, self.outbox / folder / name

    @property
    def _room(self) -> int:
        """Bytes of a stem, as the outbox counts them for a language of two letters."""
        rest = output_name(self.naming, stem="", language="xx", format_name="json")
        return 255 - len(rest.encode())


def _document(marker: Path) -> Mapping[str, Any]:
    if marker.lstat().st_size > _LARGEST:
        raise ValueError("it is too long to be read for this")
    return json.loads(files.contents(marker))


def _is_whole(told: Mapping[str, Any], marker: Path) -> bool:
    """Whether each sibling is there; an edited one is somebody's work, and as good."""
    siblings = [marker.with_name(name) for name in told["outputs"]]
    return all(stat.S_ISREG(path.lstat().st_mode) for path in siblings)


def _quality(told: Mapping[str, Any]) -> str:
    quality = told["quality"]
    return str(Quality(Verdict(quality["verdict"]), tuple(map(str, quality["reasons"]))))


def _stem(name: str) -> str:
    """What outputs of unknown suffixes were once called after."""
    path = PurePosixPath(name)
    return str(path.with_name(path.stem))


def _be_humble() -> None:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _HUMBLE)
