"""POST /transcribe: a recording of the inbox, answered when it is done."""

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from fastapi import APIRouter, HTTPException, Request

from transcribid.domain.job import ENDED, Job, JobId, State
from transcribid.domain.naming import printable
from transcribid.storage import relocate
from transcribid.web import results
from transcribid.web.context import Context
from transcribid.web.overrides import Wishes, checked
from transcribid.web.uploads import submit


class TranscribeOptions(Wishes):
    audio_path: str  # in the inbox: relative to it, or absolute


def router(context: Context) -> APIRouter:
    api = APIRouter()

    @api.post("/transcribe")
    async def transcribe(wish: TranscribeOptions, request: Request) -> dict[str, Any]:
        """Transcribe a file in the inbox now, ahead of the queue."""
        name = _named(context.inbox, wish.audio_path)
        job = await context.wait_for_end(await _begin(context, name, wish.options()), request)
        return {"job": job.id, **results.document(context.outbox, job)}

    return api


def _named(inbox: Path, path: str) -> str:
    """The name relative to the inbox. Raises HTTPException for what lies elsewhere."""
    pure = PurePosixPath(path)
    if pure.is_absolute():
        if not pure.is_relative_to(inbox):
            raise HTTPException(403, f"Only files in the inbox {inbox} can be transcribed.")
        pure = pure.relative_to(inbox)
    if ".." in pure.parts or "\0" in path or not pure.parts:
        raise HTTPException(403, "Name a file in the inbox.")
    return str(pure)


async def _begin(context: Context, name: str, wishes: str) -> JobId:
    """A new job, or that of a file which the daemon has just taken out of the inbox."""
    if _lies(context.inbox, name):
        try:
            return await submit(context, name, wishes)
        except HTTPException:
            if _lies(context.inbox, name):
                raise
    return _earlier(context, name, wishes)


def _lies(inbox: Path, name: str) -> bool:
    try:
        relocate.found(inbox, name)
    except (OSError, ValueError):  # too long, or half a character
        return False
    return True


def _earlier(context: Context, name: str, wishes: str) -> JobId:
    """Raises HTTPException where no job of this name was, or it was of other wishes."""
    with suppress(UnicodeEncodeError):  # half a character
        job = context.ledger.latest(name)
        if job and (job.state is State.DONE or job.state not in ENDED):
            _check_alike(context, job, wishes)
            return job.id
    raise HTTPException(404, f"There is no recording {printable(name)} in the inbox.")


def _check_alike(context: Context, job: Job, wishes: str) -> None:
    """Whoever wants something else must not be answered with what somebody else wanted."""
    if not wishes:
        return
    config, name = context.config(), job.source.name
    if checked(config, name, wishes) != checked(config, name, job.wishes):
        raise HTTPException(
            409,
            f"{printable(name)} left the inbox with other options:"
            f" use POST /jobs/{job.id}/retry for yours.",
        )
