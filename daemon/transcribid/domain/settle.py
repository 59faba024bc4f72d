"""When is a file in the inbox complete?

Give `observe` the whole listing each time. Events from the watcher only say that it is
worth listing again; an event we missed costs time, never a file.
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
