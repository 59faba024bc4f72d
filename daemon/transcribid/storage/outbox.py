"""Stores transcripts and delivers them as complete sets of outputs."""

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from transcribid.domain.job import Job, JobId, Plan
from transcribid.domain.naming import fitted, output_name, printable
from transcribid.domain.options import Options, Task
from transcribid.domain.suffixes import without_media_suffix
from transcribid.domain.transcript import Transcript
from transcribid.outputs import FORMATS, SUBTITLES
from transcribid.outputs.delivery import Delivery, Layout, SourceFacts
from transcribid.outputs.verbose_json import SEAL, seal
from transcribid.storage import files

log = structlog.get_logger()

STAGED = ".transcribid.staged"
_MARKER = "json"  # named last: if it exists, the set is complete


@dataclass(frozen=True, slots=True)
class KeptTranscript:
    """A stored transcript, before delivery, with the options it was made with."""

    transcript: Transcript
    options: Options


_KEPT: TypeAdapter[KeptTranscript] = TypeAdapter(KeptTranscript)


class Contest(Exception):
    """A foreign file appeared under the name of an output."""


class NotKept(Exception):
    """The transcript is gone or damaged; it must be made again."""


class Outbox:
    """Every method is safe to repeat."""

    def __init__(self, folder: Path, kept: Path, *, naming: str, layout: Layout) -> None:
        self._folder = folder
        self._kept = kept
        self._naming = naming
        self._layout = layout

    def keep(self, job: JobId, kept: KeptTranscript) -> None:
        files.replace(self._path(job), _KEPT.dump_json(kept), files.PRIVATE)

    def kept(self, job: JobId) -> KeptTranscript:
        """Raises NotKept."""
        try:
            return _KEPT.validate_json(self._path(job).read_bytes())
        except (FileNotFoundError, ValidationError) as error:
            raise NotKept(job) from error

    def discard(self, job: JobId) -> None:
        files.remove(self._path(job))
        files.remove(self._folder / STAGED / str(job))

    def clear(self, needed: set[JobId]) -> None:
        """Remove files of jobs that no longer need them."""
        for path in [*self._kept.glob("*"), *(self._folder / STAGED).glob("*")]:
            if path.name.removesuffix(".json") not in {str(job) for job in needed}:
                files.remove(path)

    def plan(self, job: Job, *, first: bool = False) -> Plan:
        """Choose names that are free, or those of an older set of this recording.

        A set with an edited file is not touched. `first`: the ledger knows of no older set.
        A set of the same bytes made with other options was then requested, and stays.
        """
        kept = self.kept(job.id)
        texts = self._rendered(job, kept)
        for base in bases(job.source.name, room=self._room(kept)):
            paths = self._paths(base, kept)
            taken = {name: path for name, path in paths.items() if os.path.lexists(path)}
            older = _set_of(paths[_MARKER], job.source.name)
            if first and _was_requested(paths[_MARKER], job, kept.options):
                continue
            edited = _edited(older, paths[_MARKER], taken.values())
            if edited:
                _log_edited(job, edited)
            elif all(printable(path.name) in older for path in taken.values()):
                return Plan(base, tuple(path.name for path in taken.values()))
            elif all(files.has(path, texts.get(name, b"")) for name, path in taken.items()):
                return Plan(base)  # started by us before the ledger was lost
        raise AssertionError("bases never end")

    def deliver(self, job: Job) -> tuple[Path, ...]:
        """Name every output, the marker last. Returns where they are.

        Raises:
            Contest: a name that was free when planned is now taken, or an older set was
                edited since.
        """
        if job.plan is None:
            raise ValueError(f"job {job.id} has no plan")
        kept = self.kept(job.id)
        paths = self._paths(job.plan.base, kept)
        marker, folder = paths[_MARKER], paths[_MARKER].parent
        replaced = [path for path in paths.values() if path.name in job.plan.replaces]
        if _edited(_set_of(marker, job.source.name), marker, replaced):
            raise Contest(marker)
        texts = self._rendered(job, kept, paths)
        parts = self._stage_set(job.id, texts)
        files.make_folder(folder)
        if job.plan.replaces:
            files.remove(marker)
            files.sync(folder)
        for path in replaced:
            if path not in {paths[name] for name in parts}:
                files.remove(path)  # subtitles, if there is no speech any more
        for name, part in parts.items():
            if name == _MARKER:
                files.sync(folder)
            _publish(part, paths[name], replaces=paths[name].name in job.plan.replaces)
        files.sync(folder)
        files.remove(self._folder / STAGED / str(job.id))
        return tuple(paths[name] for name in parts)

    def _stage_set(self, job: JobId, texts: Mapping[str, bytes]) -> dict[str, Path]:
        """Write on the file system of the outbox, so that naming is atomic."""
        folder = self._folder / STAGED / str(job)
        files.make_folder(folder)
        for name, text in texts.items():
            files.write(folder / name, text)
        return {name: folder / name for name in texts}

    def _rendered(
        self, job: Job, kept: KeptTranscript, paths: Mapping[str, Path] | None = None
    ) -> dict[str, bytes]:
        texts: dict[str, bytes] = {}
        siblings: dict[str, str] = {}
        for name in _written(kept):
            delivery = Delivery(
                kept.transcript, kept.options, _facts(job), self._layout, siblings
            )
            texts[name] = FORMATS[name](delivery).encode()
            if paths:
                siblings[paths[name].name] = hashlib.sha256(texts[name]).hexdigest()
        return texts

    def _paths(self, base: str, kept: KeptTranscript) -> dict[str, Path]:
        place, language = self._folder / base, _language(kept)
        return {
            name: place.with_name(
                output_name(self._naming, stem=place.name, language=language, format_name=name)
            )
            for name in _order(kept.options.formats)
        }

    def _room(self, kept: KeptTranscript) -> int:
        """Bytes a stem may have so that the longest name of the set fits into 255."""
        language = _language(kept)
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
    for wanted in (without_media_suffix(path.name), path.name):
        yield str(path.with_name(fitted(wanted, room)))
    for number in count(2):
        mark = f" ({number})"
        yield str(path.with_name(fitted(path.name, room - len(mark)) + mark))


def _order(formats: tuple[str, ...]) -> tuple[str, ...]:
    return (*(name for name in formats if name != _MARKER), _MARKER)


def _written(kept: KeptTranscript) -> Iterator[str]:
    """No subtitles if there is no speech."""
    silent = not kept.transcript.segments
    return (name for name in _order(kept.options.formats) if not (silent and name in SUBTITLES))


def _language(kept: KeptTranscript) -> str:
    """The language of the text."""
    translated = kept.options.task is Task.TRANSLATE
    return "en" if translated else kept.transcript.language


def _facts(job: Job) -> SourceFacts:
    sha256 = job.copy.sha256 if job.copy else ""
    return SourceFacts(job.source.name, job.source.size, sha256)


def owner(document: Mapping[str, Any]) -> str:
    """The name of the recording that the JSON of a set belongs to.

    Raises KeyError, TypeError or ValueError for any other JSON.
    """
    source = document["source"]
    encoded = source.get("name_bytes")
    return os.fsdecode(base64.b64decode(encoded)) if encoded else source["name"]


_Set = Mapping[str, str]
"""Names of a set's outputs, each with its SHA-256."""


def _set_of(marker: Path, name: str) -> _Set:
    """The set that this marker completes, if it belongs to the recording."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        content = files.contents(marker)
        document: Mapping[str, Any] = json.loads(content)
        if owner(document) == name:
            whole = document.get(SEAL, seal(document)) == seal(document)
            ours = hashlib.sha256(content).hexdigest() if whole else ""
            return {**document["outputs"], printable(marker.name): ours}
    return {}


def _edited(older: _Set, marker: Path, taken: Iterable[Path]) -> list[Path]:
    """Files of the set that were changed since we wrote them; a removal is no edit."""
    known = {printable(path.name): path for path in taken}
    listed = {
        name: marker.with_name(name)
        for name in older
        if name and PurePosixPath(name).name == name
    }
    return [
        path
        for name, path in {**listed, **known}.items()
        if name in older and os.path.lexists(path) and _digest(path) != older[name]
    ]


def _digest(path: Path) -> str:
    """The SHA-256, or "unknown" for anything but a file of ours."""
    try:
        return hashlib.sha256(files.contents(path)).hexdigest()
    except OSError:
        return "unknown"


def _log_edited(job: Job, edited: Iterable[Path]) -> None:
    log.warning(
        "outputs.edited",
        job=job.id,
        name=printable(job.source.name),
        edited=[printable(path.name) for path in edited],
        note="they stay; the new ones get another name",
    )


def _was_requested(marker: Path, job: Job, options: Options) -> bool:
    """Whether this marker's set was made from the same bytes with other options."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        document: Mapping[str, Any] = json.loads(files.contents(marker))
        same = job.copy is not None and document["source"]["sha256"] == job.copy.sha256
        return same and not same_options(document, options)
    return False


def same_options(document: Mapping[str, Any], options: Options) -> bool:
    """Whether a JSON was made with these; options it lacks had their default."""
    default, wanted = (json.loads(json.dumps(asdict(each))) for each in (Options(), options))
    return {**default, **document["options"]} == wanted


def _publish(part: Path, path: Path, *, replaces: bool) -> None:
    if replaces:
        part.replace(path)
        return
    try:
        files.name_new(part, path)
    except FileExistsError:
        if not files.has(path, part.read_bytes()):
            raise Contest(path) from None
