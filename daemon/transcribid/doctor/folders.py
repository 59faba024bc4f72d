"""The folders: what each supports, and which guarantees are weaker where it does not."""

from collections.abc import Iterator
from pathlib import Path

from transcribid.config import Config
from transcribid.doctor import child
from transcribid.doctor.answers import FolderAnswer, FolderMarks
from transcribid.doctor.child import Death
from transcribid.doctor.finding import Finding, Level
from transcribid.ledger import FILE_NAME

_AREA = "folders"
_NEED_ROOM = ("state", "outbox")  # no job starts while these are full


def findings(config: Config) -> Iterator[Finding]:
    places: dict[str, FolderAnswer] = {}
    for name, folder in _used(config).items():
        place = _probe(name, folder)
        if isinstance(place, Death):
            subject = f"{name} {folder}"
            yield child.explained(_AREA, subject, place, Level.FAILURE)
            continue
        places[name] = place
        yield from judged(name, folder, place, config)
    yield from _moves(places)
    yield from _marks(config)


def _used(config: Config) -> dict[str, Path]:
    """State comes first: a hanging share must not delay what matters most."""
    folders = config.folders
    names = ["state", "inbox", "outbox", "quarantine"]
    names += ["archive"] if config.after_success == "archive" else []
    return {name: getattr(folders, name) for name in names}


def _probe(name: str, folder: Path) -> FolderAnswer | Death:
    return child.ask(
        "folder", FolderAnswer, {"folder": str(folder), "watched": name == "inbox"}
    )


def judged(name: str, folder: Path, place: FolderAnswer, config: Config) -> Iterator[Finding]:
    """Findings about one folder."""
    subject = f"{name} {folder}"
    if place.refusal:
        yield _closed(name, subject, place)
        return
    there = "" if place.there else f" will be created in {place.examined}"
    weak = list(_weaknesses(name, subject, place, config))
    if not weak:
        yield Finding(_AREA, f"{subject}{there}")
    elif there:
        yield Finding(_AREA, f"{subject}{there}", Level.NOTE)
    yield from weak


def _closed(name: str, subject: str, place: FolderAnswer) -> Finding:
    what = f"{subject} cannot be written: {place.refusal}"
    remedy = f"As root: chown USER '{place.examined}' (the daemon's user), or mount it writable"
    if name == "inbox" and place.there and place.readable:
        why = "Recordings are transcribed but stay there: nothing can be moved."
        return Finding(_AREA, what, Level.WARNING, why, remedy)
    return Finding(
        _AREA, what, Level.FAILURE, "The daemon must be able to write there.", remedy
    )


def _weaknesses(
    name: str, subject: str, place: FolderAnswer, config: Config
) -> Iterator[Finding]:
    if name == "state":
        yield from _remote_state(subject, place)
    if name in _NEED_ROOM:
        yield from _room(subject, place, config.limits.min_free_disk)
    if name != "state":
        yield from _names(subject, place)
    if place.sync:
        why = f"A power cut may lose the most recent renames: {place.sync}."
        remedy = "Choose a folder on a local disk if that matters."
        yield Finding(_AREA, f"{subject} cannot be synced", Level.WARNING, why, remedy)
    if name == "inbox":
        yield from _watching(subject, place, config.watch.method)


def _remote_state(subject: str, place: FolderAnswer) -> Iterator[Finding]:
    if place.remote:
        why = "The ledger needs shared memory, which network shares do not provide."
        remedy = "Set folders.state to a folder on a local disk."
        yield Finding(_AREA, f"{subject} is on {place.remote}", Level.FAILURE, why, remedy)


def _room(subject: str, place: FolderAnswer, least: int) -> Iterator[Finding]:
    if place.free < least:
        what = f"{subject} has {place.free >> 20} MiB free, less than {least >> 20}"
        why = "No job starts below limits.min_free_disk."
        remedy = "Free disk space, or lower limits.min_free_disk."
        yield Finding(_AREA, what, Level.FAILURE, why, remedy)


def _names(subject: str, place: FolderAnswer) -> Iterator[Finding]:
    if not place.new_names:
        return
    what = f"{subject} has no rename without replacing"
    if not place.link:
        why = "Hard links are used instead: a file briefly has two names."
        yield Finding(_AREA, what, Level.NOTE, f"{why} Error: {place.new_names}.")
        return
    why = (
        "Nor hard links, so each name is first reserved with an empty file: a reader may"
        " briefly see it, and anything written to it meanwhile is lost."
    )
    remedy = "Choose a folder on a local disk if others write here too."
    yield Finding(_AREA, what, Level.WARNING, why, remedy)


def _watching(subject: str, place: FolderAnswer, method: str) -> Iterator[Finding]:
    if place.lease:
        why = (
            "Open writers cannot be detected here; only watch.quiet shows that a file is"
            f" complete: {place.lease}."
        )
        remedy = "Set watch.quiet to 30s, or rename finished files into the inbox."
        yield Finding(_AREA, f"{subject} does not support leases", Level.WARNING, why, remedy)
    if place.silence and method != "polling":
        why = f"There are no change events: {place.silence}."
        yield Finding(_AREA, f"{subject} is polled", Level.NOTE, why)


def _moves(places: dict[str, FolderAnswer]) -> Iterator[Finding]:
    inbox = places.get("inbox")
    for name in ("archive", "quarantine"):
        other = places.get(name)
        if inbox and other and inbox.device != other.device:
            what = f"{name} is on another file system than inbox"
            why = "Recordings are copied there, verified, then removed: slower, but as safe."
            yield Finding(_AREA, what, Level.NOTE, why)


def _marks(config: Config) -> Iterator[Finding]:
    shared = {name: str(each) for name, each in _used(config).items() if name != "state"}
    question = {"ledger": str(config.folders.state / FILE_NAME), "folders": shared}
    outcome = child.ask("marks", FolderMarks, question)
    if isinstance(outcome, Death):
        yield child.explained(_AREA, "Folder markers", outcome, Level.WARNING)
        return
    for name, trouble in outcome.troubles.items():
        what = f"{name} is not the folder the daemon has used"
        remedy = "Mount its disk or share."
        yield Finding(_AREA, what, Level.FAILURE, f"The daemon is waiting. {trouble}", remedy)
