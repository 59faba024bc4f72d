"""When is a file in the inbox complete?

Nobody tells: there is no event for "the copy is finished" that every file system, program and
protocol sends. So a file counts as complete when exactly the same version of it was seen for
`quiet` seconds: the same size, time of change, inode and number of blocks. The blocks matter
where a program reserves the whole size first; the time of inode change, where it sets the
time of modification itself (`cp -p`, rsync).

    seen --the same for `quiet` seconds--> ripe, and posted
      ^                 |
      +-- it changed ---+              an empty file: after `grace` seconds

A writer that pauses for longer than `quiet` is caught later: staging asks the kernel whether
anyone has the file open for writing, compares it before and after the copy, and what is cut
in the middle is waited for while it is younger than `grace`. Time is counted on a clock that
never jumps, and by what we saw ourselves, never by the file's own times, which people's
cameras and servers get wrong.

Give `observe` the whole listing each time. Events from the watcher only say that it is worth
listing again; an event we missed costs time, never a file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from transcribid.domain.job import Source


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file as one look found it."""

    source: Source
    identity: tuple[int, int, int, int]  # device, inode, change time, blocks


@dataclass(frozen=True, slots=True)
class Sighting:
    entry: Entry
    since: float  # when we first saw exactly this version, on a clock that never jumps

    def ripe_at(self, *, quiet: float, grace: float) -> float:
        """When it may be taken if it stays as it is; an empty file gets the long wait."""
        return self.since + (quiet if self.entry.source.size else max(quiet, grace))


Sightings = Mapping[str, Sighting]


def observe(before: Sightings, listing: Iterable[Entry], now: float) -> dict[str, Sighting]:
    def sighting(entry: Entry) -> Sighting:
        known = before.get(entry.source.name)
        return known if known and known.entry == entry else Sighting(entry, now)

    return {entry.source.name: sighting(entry) for entry in listing}
