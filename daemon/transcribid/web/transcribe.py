"""POST /transcribe: transcribes a recording in the inbox and waits for the result."""

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from fastapi import APIRouter, HTTPException, Request

from transcribid.domain.job import ENDED, Job, JobId, State
from transcribid.domain.naming import printable
from transcribid.storage import relocate
from transcribid.web import results
from transcribid.web.context import Context
from transcribid.web.overrides import JobOverrides, checked
from transcribid.web.uploads import submit


class TranscribeOptions(JobOverrides):
    audio_path: str  # relative to the inbox, or absolute


def router(context: Context) -> APIRouter:
    api = APIRouter()

    @api.post("/transcribe")
    async def transcribe(body: TranscribeOptions, request: Request) -> dict[str, Any]:
        """Transcribe a file in the inbox now, ahead of the queue."""
        name = _named(context.inbox, body.audio_path)
        job = await context.wait_for_end(await _begin(context, name, body.as_json()), request)
        return {"job": job.id, **results.document(context.outbox, job)}

    return api


def _named(inbox: Path, path: str) -> str:
    """The name relative to the inbox. Raises HTTPException for paths outside it."""
    pure = PurePosixPath(path)
    if pure.is_absolute():
        if not pure.is_relative_to(inbox):
            raise HTTPException(403, f"Only files in the inbox {inbox} can be transcribed.")
        pure = pure.relative_to(inbox)
    if ".." in pure.parts or "\0" in path or not pure.parts:
        raise HTTPException(403, "Name a file in the inbox.")
    return str(pure)


async def _begin(context: Context, name: str, overrides: str) -> JobId:
    """A new job, or that of a file the daemon has just moved out of the inbox."""
    if _exists(context.inbox, name):
        try:
            return await submit(context, name, overrides)
        except HTTPException:
            if _exists(context.inbox, name):
                raise
    return _earlier_job(context, name, overrides)


def _exists(inbox: Path, name: str) -> bool:
    try:
        relocate.found(inbox, name)
    except (OSError, ValueError):  # too long, or a lone surrogate
        return False
    return True


def _earlier_job(context: Context, name: str, overrides: str) -> JobId:
    """Raises HTTPException if no job has this name, or it had different overrides."""
    with suppress(UnicodeEncodeError):  # a lone surrogate
        job = context.ledger.latest(name)
        if job and (job.state is State.DONE or job.state not in ENDED):
            _check_same_options(context, job, overrides)
            return job.id
    raise HTTPException(404, f"There is no recording {printable(name)} in the inbox.")


def _check_same_options(context: Context, job: Job, overrides: str) -> None:
    """Raises HTTPException if the job's options differ from the requested ones."""
    if not overrides:
        return
    config, name = context.config(), job.source.name
    if checked(config, name, overrides) != checked(config, name, job.overrides):
        raise HTTPException(
            409,
            f"{printable(name)} left the inbox with other options:"
            f" use POST /jobs/{job.id}/retry for yours.",
        )
