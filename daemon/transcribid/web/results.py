"""What became of a job, read from the outbox as anybody would read it."""

import glob
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi import HTTPException

from transcribid.domain.job import Job, State

Document = dict[str, Any]
"""The JSON of a set of outputs."""


def document(outbox: Path, job: Job) -> Document:
    """Raises HTTPException where there is none, and says why."""
    if job.state is not State.DONE:
        raise HTTPException(_STATUS.get(job.state, 409), _why(job))
    return _marker(outbox, job)[1]


def sibling(outbox: Path, job: Job, suffix: str) -> str:
    """The text of an output of the set. Raises HTTPException."""
    marker, found = _marker(outbox, job)
    for name in (*found["outputs"], marker.name):
        if name.endswith(f".{suffix}"):
            try:
                return marker.with_name(name).read_text(encoding="utf-8")
            except (OSError, ValueError):
                raise HTTPException(410, f"{name} is no longer in the outbox.") from None
    raise HTTPException(404, f"Job {job.id} was not written as {suffix}.")


def _marker(outbox: Path, job: Job) -> tuple[Path, Document]:
    if job.plan and job.copy:
        place = outbox / job.plan.base
        for path in sorted(place.parent.glob(f"{glob.escape(place.name)}*.json")):
            with suppress(OSError, ValueError, KeyError, TypeError):  # somebody else's
                found: Document = json.loads(path.read_bytes())
                if (
                    found["source"]["sha256"] == job.copy.sha256
                    and found["outputs"] is not None
                ):
                    return path, found
    raise HTTPException(410, f"The outputs of job {job.id} are no longer in the outbox.")


def _why(job: Job) -> str:
    failure = job.failure
    said = f" {failure.message} {failure.remedy}".rstrip() if failure else ""
    return f"Job {job.id} is {job.state}.{said}"


_STATUS = {State.QUARANTINED: 422, State.BLOCKED: 422, State.WITHDRAWN: 410}
