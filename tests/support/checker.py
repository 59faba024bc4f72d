"""What the folders must say, whatever died and whenever: knows nothing of the ledger."""

import base64
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.clips import SAID, digest
from support.daemon import House
from transcribid.domain.naming import printable
from transcribid.starter import words

_MARKER = ".transcribid"  # of each shared folder
_STAGED = ".transcribid.staged"
_REPORT = ".report.txt"
_EXPECTED = words(SAID)

Foreign = Mapping[Path, bytes]
"""What a test put there before, and what must stay as it is."""


@dataclass(frozen=True, slots=True)
class Drop:
    """One content that was put into the inbox; no two are alike."""

    name: str
    sha256: str
    good: bool = True
    fleeting: bool = False  # its owner put another version in its place, soon or too late


@dataclass(frozen=True, slots=True)
class _Set:
    """A set of outputs by its marker."""

    marker: Path
    text: str
    source: str
    sha256: str
    siblings: Mapping[Path, str]


class _Seen:
    """One look at all folders."""

    def __init__(self, house: House, drops: Sequence[Drop], foreign: Foreign) -> None:
        self.house, self.drops, self.foreign = house, drops, foreign
        self.quarantined = _files(house.quarantine, foreign)
        self.outputs = _files(house.outbox, foreign)
        self.markers = {path: _parsed(path) for path in self.outputs if path.suffix == ".json"}
        self.sets = [_set(path, marker) for path, marker in self.markers.items() if marker]
        self.places: dict[str, list[str]] = {}  # of every recording, by its SHA-256
        for folder in (house.inbox, house.archive, house.quarantine):
            for path in _files(folder, foreign):
                if _is_recording(path, house):
                    self.places.setdefault(_hash(path), []).append(folder.name)


def violations(
    house: House, drops: Sequence[Drop], *, final: bool, foreign: Foreign | None = None
) -> list[str]:
    """Every broken promise as a sentence; `final`: nothing is left to be done."""
    seen = _Seen(house, drops, foreign or {})
    found = [
        *_lost_or_doubled(seen, final=final),
        *_half(seen),
        *_twice_or_strange(seen),
        *_misjudged(seen),
        *_unexplained(seen),
        *_touched(seen),
    ]
    return [*found, *_unfinished(seen)] if final else found


def transcribed(house: House) -> set[str]:
    """SHA-256 of every recording of which there is a set now."""
    markers = {path: _parsed(path) for path in house.outbox.rglob("*.json")}
    return {document["source"]["sha256"] for document in markers.values() if document}


def _lost_or_doubled(seen: _Seen, *, final: bool) -> Iterator[str]:
    """Each content is in exactly one place; in two only while it moves between disks."""
    across = {"inbox", *_other_disks(seen.house)}
    for drop in seen.drops:
        found = seen.places.get(drop.sha256, [])
        moving = not final and len(found) == 2 and across.issuperset(found)
        gone = not found and drop.fleeting
        if len(found) != 1 and not moving and not gone:
            yield f"{drop.name!r} is in {found or 'no folder'}"
    known = {drop.sha256 for drop in seen.drops}
    for sha256 in seen.places.keys() - known:
        yield f"{seen.places[sha256]} hold a content that nobody dropped"


def _half(seen: _Seen) -> Iterator[str]:
    for path in seen.outputs:
        if path.suffix in (".txt", ".srt") and _said(path) != _EXPECTED:
            yield f"{path} is half or wrong"
        if path.suffix == ".json" and seen.markers[path] is None:
            yield f"{path} is half"
    for each in seen.sets:
        if words(each.text) != _EXPECTED:
            yield f"{each.marker} says {each.text!r}"
        for path, sha256 in each.siblings.items():
            if not path.is_file() or _hash(path) != sha256:
                yield f"{each.marker} stands without the {path.name} it promises"


def _twice_or_strange(seen: _Seen) -> Iterator[str]:
    drops = {drop.sha256: drop for drop in seen.drops}
    for each in seen.sets:
        drop = drops.get(each.sha256)
        if not drop:
            yield f"{each.marker} is about a content that nobody dropped"
        elif drop.name != each.source:
            yield f"{each.marker} is about {each.source!r}, which was {drop.name!r}"
    for sha256, number in Counter(each.sha256 for each in seen.sets).items():
        if number > 1:
            yield f"{number} sets are about {drops.get(sha256)}"


def _misjudged(seen: _Seen) -> Iterator[str]:
    """The archive is for what was transcribed, the quarantine for what cannot be."""
    transcribed = {each.sha256 for each in seen.sets}
    newest = {drop.name: drop for drop in seen.drops}  # its outputs replace those of older ones
    for drop in seen.drops:
        found, has_outputs = seen.places.get(drop.sha256, []), drop.sha256 in transcribed
        if "archive" in found and not drop.good:
            yield f"{drop.name!r} is in the archive although nobody can transcribe it"
        elif "archive" in found and not has_outputs and newest[drop.name] is drop:
            yield f"{drop.name!r} is in the archive without outputs"
        if "quarantine" in found and drop.good:
            yield f"{drop.name!r} is in quarantine although it is good"
        if "quarantine" in found and has_outputs:
            yield f"{drop.name!r} is in quarantine and has outputs"


def _unexplained(seen: _Seen) -> Iterator[str]:
    for path in seen.quarantined:
        if not path.name.endswith(_REPORT) and not _exists(_report_of(path)):
            yield f"{path} has no report"


def _touched(seen: _Seen) -> Iterator[str]:
    for path, content in seen.foreign.items():
        if not path.is_file() or path.read_bytes() != content:
            yield f"{path} is somebody else's and was touched"


def _unfinished(seen: _Seen) -> Iterator[str]:
    house = seen.house
    for drop in seen.drops:
        if "inbox" in seen.places.get(drop.sha256, []):
            yield f"{drop.name!r} is still in the inbox"
    owed = {drop.sha256 for drop in seen.drops}  # words that lack their speakers
    listed = {path for each in seen.sets for path in (each.marker, *each.siblings)}
    for path in set(seen.outputs) - listed:
        yield f"{path} belongs to no set"
    explained = {_report_of(path) for path in seen.quarantined}
    for path in seen.quarantined:
        if path.name.endswith(_REPORT) and path not in explained:
            yield f"{path} is about nothing"
    kept = ("staged/*", "heard/*", "kept/*")
    left = [path for name in kept for path in house.state.glob(name)]
    left = [path for path in left if path.stem not in owed]
    left += house.outbox.glob(f"{_STAGED}/*")
    for folder in (house.inbox, house.outbox, house.archive, house.quarantine):
        left += [path for path in folder.rglob("*") if _is_temporary(path.name)]
    for path in left:
        yield f"{path} was left behind"


def _files(folder: Path, foreign: Foreign) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.name != _MARKER
        and path.is_file()
        and path not in foreign
        and not _is_temporary(path.name)
        and _STAGED not in path.parts
    ]


def _is_recording(path: Path, house: House) -> bool:
    """Neither a report nor a name that somebody made for bytes that are yet to come."""
    if path.is_relative_to(house.quarantine):
        return not path.name.endswith(_REPORT)
    return not path.is_relative_to(house.inbox) or path.stat().st_size > 0


def _is_temporary(name: str) -> bool:
    return name.startswith(".") and name.endswith((".part", ".probe"))


def _other_disks(house: House) -> list[str]:
    """Where a recording can only go as a copy."""
    disk = house.inbox.stat().st_dev
    folders = (house.archive, house.quarantine)
    return [
        folder.name for folder in folders if folder.exists() and folder.stat().st_dev != disk
    ]


def _hash(path: Path) -> str:
    return digest(path.read_bytes())


def _parsed(marker: Path) -> dict[str, Any] | None:
    try:
        return json.loads(marker.read_bytes())
    except (ValueError, FileNotFoundError):
        return None


def _set(marker: Path, document: Mapping[str, Any]) -> _Set:
    source: Mapping[str, str] = document["source"]
    encoded = source.get("name_bytes")
    name = os.fsdecode(base64.b64decode(encoded)) if encoded else source["name"]
    here = {_shown(path.name): path for path in marker.parent.iterdir()}
    siblings = {
        here.get(name, marker.with_name(name)): sha256
        for name, sha256 in document["outputs"].items()
    }
    return _Set(marker, document["text"], name, source["sha256"], siblings)


def _shown(name: str) -> str:
    """JSON can hold any name that is UTF-8, and the others only in writing."""
    return name if name.isascii() or not _has_strange_bytes(name) else printable(name)


def _has_strange_bytes(name: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in name)


def _said(path: Path) -> list[str]:
    """The words of a text or of a subtitle file."""
    lines = path.read_text(errors="replace").splitlines()
    return words(" ".join(line for line in lines if "-->" not in line and not line.isdigit()))


def _report_of(file: Path) -> Path:
    """The report of a long name has a shorter one; its first line still says whose it is."""
    usual = file.with_name(file.name + _REPORT)
    if len(os.fsencode(usual.name)) <= 255:
        return usual
    reports = (path for path in file.parent.iterdir() if path.name.endswith(_REPORT))
    return next((path for path in reports if _first_line(path).endswith(file.name)), usual)


def _first_line(path: Path) -> str:
    return path.read_text(errors="replace").partition("\n")[0]


def _exists(path: Path) -> bool:
    return len(os.fsencode(path.name)) <= 255 and path.is_file()
