"""POST /transcribe: a recording of the inbox, answered when it is done."""

from pathlib import Path, PurePosixPath
from typing import Any

from fastapi import APIRouter, HTTPException

from transcribid import sources
from transcribid.domain.naming import printable
from transcribid.web import results
from transcribid.web.desk import Desk
from transcribid.web.uploads import submitted
from transcribid.web.wishes import Wishes


class Wish(Wishes):
    audio_path: str  # in the inbox: relative to it, or absolute


def router(desk: Desk) -> APIRouter:
    api = APIRouter()

    @api.post("/transcribe")
    async def transcribe(wish: Wish) -> dict[str, Any]:
        """Transcribe a file that lies in the inbox, before all that nobody waits for."""
        name = _inside(desk.inbox, wish.audio_path)
        job = await desk.ended(await submitted(desk, name, wish.options()))
        return {"job": job.id, **results.document(desk.outbox, job)}

    return api


def _inside(inbox: Path, path: str) -> str:
    """The name relative to the inbox. Raises HTTPException for what lies elsewhere."""
    pure = PurePosixPath(path)
    if pure.is_absolute():
        if not pure.is_relative_to(inbox):
            raise HTTPException(403, f"Only files of the inbox {inbox} are transcribed.")
        pure = pure.relative_to(inbox)
    if ".." in pure.parts or "\0" in path or not pure.parts:
        raise HTTPException(403, "Name a file of the inbox.")
    try:
        return sources.found(inbox, str(pure)).name
    except (OSError, ValueError):  # too long, or half a character
        raise HTTPException(404, f"The inbox has no recording {printable(path)}.") from None
