"""One scan of the inbox: every regular file, and why each other entry is not taken."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from transcribid.domain.ignore import OURS, Ignore
from transcribid.domain.job import Source, identity
from transcribid.domain.settle import Entry

_CONTROL = ".aria2"  # next to a file that is still being downloaded


@dataclass(frozen=True, slots=True)
class Listing:
    """The content of the inbox; names are relative to it."""

    entries: list[Entry] = field(default_factory=list[Entry])
    skipped: dict[str, str] = field(default_factory=dict[str, str])  # name -> reason
    unseen: list[str] = field(default_factory=list[str])  # folders that could not be listed

    def hides(self, name: str) -> bool:
        """Whether the file may be there although this scan did not find it."""
        return any(name.startswith(f"{folder}/") for folder in self.unseen)


def look(inbox: Path, ignore: Ignore) -> Listing:
    """List the whole tree; links are not followed and nothing is opened.

    Raises:
        OSError: the inbox itself cannot be listed.
    """
    listing = Listing()
    _list_folder(os.fspath(inbox), "", ignore, listing)
    return listing


def _list_folder(path: str, prefix: str, ignore: Ignore, listing: Listing) -> None:
    loading: set[str] = set()
    with os.scandir(path) as found:
        for item in found:
            name = prefix + item.name
            if name.endswith(_CONTROL):
                loading.add(name.removesuffix(_CONTROL))
            is_folder = item.is_dir(follow_symlinks=False)
            if reason := (ignore.folder if is_folder else ignore.file)(item.name):
                if reason is not OURS:
                    listing.skipped[name] = reason
            elif is_folder:
                _try_folder(item.path, name, ignore, listing)
            else:
                _add(item, name, listing)
    if loading:
        _hold_back(loading, listing)


def _hold_back(loading: set[str], listing: Listing) -> None:
    """aria2 writes under the final name, and removes its control file when it is done."""
    held = [entry for entry in listing.entries if entry.source.name in loading]
    for entry in held:
        listing.entries.remove(entry)
        listing.skipped[entry.source.name] = (
            "aria2 is still downloading it: its .aria2 file exists"
        )


def _try_folder(path: str, name: str, ignore: Ignore, listing: Listing) -> None:
    try:
        _list_folder(path, f"{name}/", ignore, listing)
    except FileNotFoundError:
        return  # removed in the meantime
    except OSError as error:
        listing.skipped[name] = f"the folder cannot be listed ({error.strerror})"
        listing.unseen.append(name)


def _add(item: os.DirEntry[str], name: str, listing: Listing) -> None:
    try:
        facts = item.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISREG(facts.st_mode):
        version = (facts.st_dev, *identity(facts), facts.st_blocks)
        listing.entries.append(Entry(Source.of(name, facts), version))
    else:
        listing.skipped[name] = next(_what_it_is(facts.st_mode))


def _what_it_is(mode: int) -> Iterator[str]:
    if stat.S_ISLNK(mode):
        yield "it is a symbolic link, which is not followed"
    if stat.S_ISFIFO(mode):
        yield "it is a named pipe"
    if stat.S_ISSOCK(mode):
        yield "it is a socket"
    yield "it is a device"
