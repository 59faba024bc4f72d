"""Results of a job, read from its files in the outbox."""

import errno
import glob
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi import HTTPException

from transcribid.domain.job import Job, State
from transcribid.outputs import SUBTITLES
from transcribid.storage import files
from transcribid.storage.outbox import owner

Document = dict[str, Any]
"""The JSON of a set of outputs."""


def document(outbox: Path, job: Job) -> Document:
    """Raises HTTPException with the reason if there is none."""
    if job.state is not State.DONE:
        raise HTTPException(_STATUS.get(job.state, 409), _why(job))
    return _marker(outbox, job)[1]


def sibling(outbox: Path, job: Job, suffix: str) -> str:
    """The text of the output with this suffix. Raises HTTPException."""
    marker, found = _marker(outbox, job)
    if suffix in SUBTITLES and _is_silent(found, suffix):
        return SUBTITLES[suffix]
    for name in (*found["outputs"], marker.name):
        if name.endswith(f".{suffix}"):
            try:
                return _content(outbox, marker.with_name(name)).decode()
            except (OSError, ValueError):
                raise HTTPException(410, f"{name} is no longer in the outbox.") from None
    raise HTTPException(404, f"Job {job.id} has no {suffix} output.")


def _is_silent(found: Document, suffix: str) -> bool:
    """Whether subtitles were requested but not written because there is no speech."""
    return not found.get("speech", True) and suffix in found["options"]["formats"]


def _marker(outbox: Path, job: Job) -> tuple[Path, Document]:
    if job.plan and job.copy:
        place = outbox / job.plan.base
        for path in sorted(place.parent.glob(f"{glob.escape(place.name)}*.json")):
            with suppress(*_FOREIGN):
                found: Document = json.loads(_content(outbox, path))
                if _is_of(found, job.source.name, job.copy.sha256):
                    return path, found
    if job.state is not State.DONE:
        raise HTTPException(404, f"Job {job.id} is {job.state}: it has no outputs.")
    raise HTTPException(410, f"The outputs of job {job.id} are no longer in the outbox.")


def _content(outbox: Path, path: Path) -> bytes:
    """The content of a file within the outbox. Raises OSError for anything else."""
    if not path.parent.resolve().is_relative_to(outbox.resolve()):
        raise FileNotFoundError(errno.ENOENT, "It is elsewhere", str(path))
    return files.contents(path)


def _is_of(found: Document, name: str, sha256: str) -> bool:
    """Also compares the name: another recording may have the same bytes."""
    ours = found["source"]["sha256"] == sha256 and owner(found) == name
    return ours and all(isinstance(each, str) for each in found["outputs"])


def _why(job: Job) -> str:
    failure = job.failure
    reason = f" {failure.message} {failure.remedy}".rstrip() if failure else ""
    return f"Job {job.id} is {job.state}.{reason}"


# What reading foreign JSON may raise.
_FOREIGN = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
_STATUS = {State.QUARANTINED: 422, State.BLOCKED: 422, State.WITHDRAWN: 410}
