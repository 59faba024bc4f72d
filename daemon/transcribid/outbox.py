"""Transcripts, kept and then delivered as whole sets of outputs."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from transcribid import files
from transcribid.domain.job import Job, JobId, Plan
from transcribid.domain.naming import fitted, output_name, printable
from transcribid.domain.options import Options
from transcribid.domain.suffixes import without_media_suffix
from transcribid.domain.transcript import Transcript
from transcribid.outputs import FORMATS
from transcribid.outputs.delivery import Delivery, Layout, SourceFacts

STAGED = ".transcribid.staged"
_MARKER = "json"  # named last: where it is, the whole set is


@dataclass(frozen=True, slots=True)
class Kept:
    """A transcript between running and done, with the options it was made with."""

    transcript: Transcript
    options: Options


_KEPT: TypeAdapter[Kept] = TypeAdapter(Kept)


class Contest(Exception):
    """Somebody else's file appeared where an output was to go."""


class NotKept(Exception):
    """The transcript is gone or damaged; it has to be made again."""


class Outbox:
    """Every method is safe to repeat."""

    def __init__(self, folder: Path, kept: Path, *, naming: str, layout: Layout) -> None:
        self._folder = folder
        self._kept = kept
        self._naming = naming
        self._layout = layout

    def keep(self, job: JobId, kept: Kept) -> None:
        files.replace(self._path(job), _KEPT.dump_json(kept))

    def kept(self, job: JobId) -> Kept:
        """Raises NotKept."""
        try:
            return _KEPT.validate_json(self._path(job).read_bytes())
        except (FileNotFoundError, ValidationError) as error:
            raise NotKept(job) from error

    def discard(self, job: JobId) -> None:
        files.remove(self._path(job))
        files.remove(self._folder / STAGED / str(job))

    def clear(self, needed: set[JobId]) -> None:
        """Remove what jobs that no longer need it left behind."""
        for path in [*self._kept.glob("*"), *(self._folder / STAGED).glob("*")]:
            if path.name.removesuffix(".json") not in {str(job) for job in needed}:
                files.remove(path)

    def plan(self, job: Job, *, first: bool = False) -> Plan:
        """Choose names that are free, or that an older set of this recording has.

        `first`: the ledger knows of no older set. One of the same bytes that was made with
        other options was then somebody's wish, and stays.
        """
        kept = self.kept(job.id)
        texts = self._rendered(job, kept)
        for base in bases(job.source.name, room=self._room(kept)):
            paths = self._paths(base, kept)
            taken = {name: path for name, path in paths.items() if os.path.lexists(path)}
            owned = _owned(paths[_MARKER], job.source.name)
            if first and _is_a_wish(paths[_MARKER], job, kept.options):
                owned = set[str]()
            if all(printable(path.name) in owned for path in taken.values()):
                return Plan(base, tuple(path.name for path in taken.values()))
            if all(files.has(path, texts[name]) for name, path in taken.items()):
                return Plan(base)  # begun by us before the ledger was lost
        raise AssertionError("bases never end")

    def deliver(self, job: Job) -> tuple[Path, ...]:
        """Name every output, the marker last. Returns where they are.

        Raises:
            Contest: a name that was free when planned is somebody else's now.
        """
        if job.plan is None:
            raise ValueError(f"job {job.id} has no plan")
        kept = self.kept(job.id)
        paths = self._paths(job.plan.base, kept)
        texts = self._rendered(job, kept, paths)
        parts = self._staged(job.id, texts)
        folder = paths[_MARKER].parent
        files.make_folder(folder)
        if job.plan.replaces:
            files.remove(paths[_MARKER])
            files.sync(folder)
        for name, part in parts.items():
            if name == _MARKER:
                files.sync(folder)
            _publish(part, paths[name], replaces=paths[name].name in job.plan.replaces)
        files.sync(folder)
        files.remove(self._folder / STAGED / str(job.id))
        return tuple(paths.values())

    def _staged(self, job: JobId, texts: Mapping[str, bytes]) -> dict[str, Path]:
        """Write on the outbox's own file system, so that naming is one step."""
        folder = self._folder / STAGED / str(job)
        files.make_folder(folder)
        for name, text in texts.items():
            files.write(folder / name, text)
        return {name: folder / name for name in texts}

    def _rendered(
        self, job: Job, kept: Kept, paths: Mapping[str, Path] | None = None
    ) -> dict[str, bytes]:
        texts: dict[str, bytes] = {}
        siblings: dict[str, str] = {}
        for name in _order(kept.options.formats):
            delivery = Delivery(
                kept.transcript, kept.options, _facts(job), self._layout, siblings
            )
            texts[name] = FORMATS[name](delivery).encode()
            if paths:
                siblings[paths[name].name] = hashlib.sha256(texts[name]).hexdigest()
        return texts

    def _paths(self, base: str, kept: Kept) -> dict[str, Path]:
        place, language = self._folder / base, kept.transcript.language
        return {
            name: place.with_name(
                output_name(self._naming, stem=place.name, language=language, format_name=name)
            )
            for name in _order(kept.options.formats)
        }

    def _room(self, kept: Kept) -> int:
        """Bytes a stem may have so that the longest name of the set fits into 255."""
        language = kept.transcript.language
        names = [
            output_name(self._naming, stem="", language=language, format_name=name)
            for name in _order(kept.options.formats)
        ]
        return 255 - max(len(name.encode()) for name in names)

    def _path(self, job: JobId) -> Path:
        return self._kept / f"{job}.json"


def bases(name: str, *, room: int) -> Iterator[str]:
    """`talk`, then `talk.mp3`, then `talk.mp3 (2)` and so on, in the recording's folder."""
    path = PurePosixPath(name)
    for wish in (without_media_suffix(path.name), path.name):
        yield str(path.with_name(fitted(wish, room)))
    for number in count(2):
        mark = f" ({number})"
        yield str(path.with_name(fitted(path.name, room - len(mark)) + mark))


def _order(formats: tuple[str, ...]) -> tuple[str, ...]:
    return (*(name for name in formats if name != _MARKER), _MARKER)


def _facts(job: Job) -> SourceFacts:
    sha256 = job.copy.sha256 if job.copy else ""
    return SourceFacts(job.source.name, job.source.size, sha256)


def owner(document: Mapping[str, Any]) -> str:
    """The name of the recording that the JSON of a set is about.

    Raises KeyError, TypeError or ValueError for what is none.
    """
    source = document["source"]
    encoded = source.get("name_bytes")
    return os.fsdecode(base64.b64decode(encoded)) if encoded else source["name"]


def _owned(marker: Path, name: str) -> set[str]:
    """The names of the set that this marker completes, if it is that of the recording."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        told: Mapping[str, Any] = json.loads(files.contents(marker))
        if owner(told) == name:
            return {*told["outputs"], printable(marker.name)}
    return set()


def _is_a_wish(marker: Path, job: Job, options: Options) -> bool:
    """Whether the set that this marker completes is of the same bytes, with other options."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        told: Mapping[str, Any] = json.loads(files.contents(marker))
        same = job.copy is not None and told["source"]["sha256"] == job.copy.sha256
        return same and not same_options(told, options)
    return False


def same_options(told: Mapping[str, Any], options: Options) -> bool:
    """Whether a JSON was made with these; one that is older than an option had its default."""
    default, wanted = (json.loads(json.dumps(asdict(each))) for each in (Options(), options))
    return {**default, **told["options"]} == wanted


def _publish(part: Path, path: Path, *, replaces: bool) -> None:
    if replaces:
        part.replace(path)
        return
    try:
        files.name_new(part, path)
    except FileExistsError:
        if not files.has(path, part.read_bytes()):
            raise Contest(path) from None
