"""When is a file in the inbox complete?

There is no event for "the copy is finished" that every file system, program and protocol sends.
So a file counts as complete when exactly the same version of it was seen for `quiet` seconds:
the same size, mtime, ctime, inode and number of blocks. The blocks matter where a program
reserves the whole size first; the ctime, where it sets the mtime itself (`cp -p`, rsync).

    seen --the same for `quiet` seconds--> ripe, and posted
      ^                 |
      +-- it changed ---+              an empty file: after `grace` seconds

A writer that pauses for longer than `quiet` is caught later: staging asks the kernel whether
any process has the file open for writing and compares it before and after the copy, and a
truncated file is waited for while it is younger than `grace`. Time is measured on a clock that
never jumps, from when we saw a version, never by the file's own times, which cameras and
servers get wrong.

Pass `observe` the whole listing each time. Events from the watcher only mean that it is worth
listing again; a missed event costs time, never a file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from transcribid.domain.job import Source


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file as one scan found it."""

    source: Source
    identity: tuple[int, int, int, int]  # device, inode, change time, blocks


@dataclass(frozen=True, slots=True)
class Sighting:
    entry: Entry
    since: float  # when we first saw exactly this version, on a clock that never jumps

    def ripe_at(self, *, quiet: float, grace: float) -> float:
        """When it may be taken if it does not change; an empty file gets the longer wait."""
        return self.since + (quiet if self.entry.source.size else max(quiet, grace))


Sightings = Mapping[str, Sighting]


def observe(before: Sightings, listing: Iterable[Entry], now: float) -> dict[str, Sighting]:
    def sighting(entry: Entry) -> Sighting:
        known = before.get(entry.source.name)
        return known if known and known.entry == entry else Sighting(entry, now)

    return {entry.source.name: sighting(entry) for entry in listing}
