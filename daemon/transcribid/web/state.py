"""The daemon's state: for people, for supervisors, and as an event stream."""

from collections.abc import AsyncIterator
from itertools import islice
from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from transcribid.domain.naming import printable
from transcribid.web.context import Context
from transcribid.web.models import SkippedView, StatusView

_POLL_INTERVAL = 0.5  # seconds
_KEEP_ALIVE = 15.0  # seconds without an event before a comment is sent


def router(context: Context) -> APIRouter:
    api = APIRouter()

    @api.get("/status")
    def status() -> StatusView:
        return StatusView.of(context.status(), context.ledger)

    @api.get("/skipped")
    def skipped(limit: Annotated[int, Query(ge=1, le=100_000)] = 1000) -> list[SkippedView]:
        """Skipped inbox entries and why."""
        found = islice(context.status().skipped.items(), limit)
        return [SkippedView(name=printable(name), reason=reason) for name, reason in found]

    @api.get("/events")
    def events(request: Request) -> StreamingResponse:
        """Server-sent events: the status, whenever it changes."""
        return StreamingResponse(_changes(context, request), media_type="text/event-stream")

    @api.get("/healthz")
    def healthz() -> dict[str, str]:
        """Liveness."""
        return {"status": "alive"}

    @api.get("/readyz")
    def readyz(response: Response) -> dict[str, str]:
        """Readiness: 200, or 503 with the reason."""
        status = context.status()
        ready = status.ready and not status.trouble and not status.stopping
        response.status_code = 200 if ready else 503
        return {"status": status.word, "detail": status.sentence}

    return api


async def _changes(context: Context, request: Request) -> AsyncIterator[str]:
    last, silent = "", 0.0
    while not await request.is_disconnected() and not context.status().stopping:
        view = await anyio.to_thread.run_sync(StatusView.of, context.status(), context.ledger)
        now = view.model_dump_json()
        if now != last:
            last, silent = now, 0.0
            yield f"event: status\ndata: {now}\n\n"
        elif (silent := silent + _POLL_INTERVAL) >= _KEEP_ALIVE:
            silent = 0.0
            yield ": still here\n\n"
        await anyio.sleep(_POLL_INTERVAL)
