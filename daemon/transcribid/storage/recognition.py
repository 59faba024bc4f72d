"""Finds existing outputs of recordings, so that a lost ledger costs no second transcript.

The content of a JSON is trusted to save work, and for nothing else.
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
_MAX_SETS = 6  # of one recording that are checked
_MAX_ENTRIES = 200  # entries of one answer, at most
_BLOCK = 1 << 20
_NICENESS = 19  # the lowest priority; with some I/O schedulers, of reading too
# What reading a foreign JSON may raise.
_FOREIGN = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Known:
    """The existing outputs of a recording."""

    copy: Copy
    plan: Plan
    quality: str  # as text, for its history


Find = Callable[[], Known | None]
"""May take long."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Files were compared with the outbox. `known` is None: they must be transcribed."""

    entries: tuple[Entry, ...]
    known: Known | None  # of a single one


class ComparisonThreads:
    """Two threads: one checks names, the other reads recordings.

    The second has the lowest priority, because libraries have terabytes.
    """

    def __init__(self, post: Callable[[Compared], None]) -> None:
        self._post = post
        self._closing = threading.Event()
        self._looking = ThreadPoolExecutor(1, "recognition")
        self._reading = ThreadPoolExecutor(1, "recognition-reading", _lower_priority)
        self.index = JsonIndex()  # for the thread that checks names

    def look(self, entries: Sequence[Entry], sort: Callable[[Entry], Find | None]) -> None:
        """Post entries for which `sort` returns None at once, the others after their search."""
        for first in range(0, len(entries), _MAX_ENTRIES):
            self._looking.submit(self._look, entries[first : first + _MAX_ENTRIES], sort)

    def _look(self, entries: Sequence[Entry], sort: Callable[[Entry], Find | None]) -> None:
        finds = {entry: find for entry in entries if (find := _sort_safely(entry, sort))}
        if unknown := tuple(entry for entry in entries if entry not in finds):
            self._post(Compared(unknown, None))
        for entry, find in finds.items():
            self._reading.submit(self._answer, entry, find)

    def _answer(self, entry: Entry, find: Find) -> None:
        try:
            known = find()
        except Exception:  # noqa: BLE001 - any problem is reported when it is transcribed
            known = None
        self._post(Compared((entry,), known))

    def sha256(self, descriptor: int) -> str:
        """Raises InterruptedError if closed meanwhile."""
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


def _sort_safely(entry: Entry, sort: Callable[[Entry], Find | None]) -> Find | None:
    try:
        return sort(entry)
    except Exception:  # noqa: BLE001 - one odd entry must not hold up the others
        return None


class JsonIndex:
    """The JSON files in each folder of the outbox, listed again when it has changed."""

    def __init__(self) -> None:
        self._listed: dict[Path, tuple[int, list[str]]] = {}

    def matching(self, folder: Path, head: str, tail: str) -> list[str]:
        """Names with this prefix and suffix."""
        names = self.names(folder)
        first = bisect_left(names, head)
        last = bisect_left(names, head + chr(sys.maxunicode), first)
        return [name for name in names[first:last] if name.endswith(tail)]

    def names(self, folder: Path) -> list[str]:
        """All names, sorted."""
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
    """Recognises a set of outputs that equals the one that would be made now."""

    inbox: Path
    outbox: Path
    naming: str
    model: str
    options_of: Callable[[str], Options]
    threads: ComparisonThreads

    def begin(self, entries: Sequence[Entry]) -> None:
        """Each entry is in exactly one answer, eventually."""
        self.threads.look(entries, self._sort)

    def _sort(self, entry: Entry) -> Find | None:
        markers = list(self._markers(entry.source.name))
        return partial(self._known, entry, markers) if markers else None

    def _known(self, entry: Entry, markers: Iterable[tuple[str, Path]]) -> Known | None:
        options = self.options_of(entry.source.name)
        for base, marker in markers:
            with suppress(*_FOREIGN):
                document = _document(marker)
                if self._fits(document, entry, options) and _is_whole(document, marker):
                    copy = self._copy(entry)
                    if copy and copy.sha256 == document["source"]["sha256"]:
                        return Known(copy, Plan(base), _quality(document))
        return None

    def _fits(self, document: Mapping[str, Any], entry: Entry, options: Options) -> bool:
        source = document["source"]
        same = owner(document) == entry.source.name and source["size"] == entry.source.size
        made = document["schema"] == SCHEMA and document["engine"]["model"] == self.model
        return same and made and same_options(document, options)

    def _copy(self, entry: Entry) -> Copy | None:
        """The current file, if it is the version of the entry."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with files.opened(self.inbox / entry.source.name, flags) as descriptor:
            before = os.fstat(descriptor)
            sha256 = self.threads.sha256(descriptor)
            unchanged = entry.source.matches(os.fstat(descriptor))
        return Copy.of(sha256, before) if stat.S_ISREG(before.st_mode) and unchanged else None

    def _markers(self, name: str) -> Iterator[tuple[str, Path]]:
        """JSON files that may belong to its outputs, each with the base name of its set."""
        if not self.threads.index.names((self.outbox / name).parent):
            return
        first, second, *numbered = islice(bases(name, room=self._room), _MAX_SETS)
        for base in dict.fromkeys((first, second, _stem(name))):
            yield from self._find_sets(base)
        for base in numbered:
            found = list(self._find_sets(base))
            if not found:
                return
            yield from found

    def _find_sets(self, base: str) -> Iterator[tuple[str, Path]]:
        folder, _, stem = base.rpartition("/")
        marker = output_name(self.naming, stem=stem, language="\0", format_name="json")
        head, _, tail = marker.partition("\0")
        for name in self.threads.index.matching(self.outbox / folder, head, tail):
            if tail or name == head:
                yield base, self.outbox / folder / name

    @property
    def _room(self) -> int:
        """Bytes for a stem, as in the outbox for a two-letter language code."""
        rest = output_name(self.naming, stem="", language="xx", format_name="json")
        return 255 - len(rest.encode())


def _document(marker: Path) -> Mapping[str, Any]:
    if marker.lstat().st_size > _LARGEST:
        raise ValueError("it is too long to be read for this")
    return json.loads(files.contents(marker))


def _is_whole(document: Mapping[str, Any], marker: Path) -> bool:
    """Whether each output exists; an edited one counts, too."""
    siblings = [marker.with_name(name) for name in document["outputs"]]
    return all(stat.S_ISREG(path.lstat().st_mode) for path in siblings)


def _quality(document: Mapping[str, Any]) -> str:
    quality = document["quality"]
    return str(Quality(Verdict(quality["verdict"]), tuple(map(str, quality["reasons"]))))


def _stem(name: str) -> str:
    """The base name formerly used for recordings with an unknown suffix."""
    path = PurePosixPath(name)
    return str(path.with_name(path.stem))


def _lower_priority() -> None:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
