"""Recordings sent in a form and transcribed while the client waits."""

import json
from collections.abc import Mapping
from contextlib import suppress

from fastapi import HTTPException

from transcribid.domain.job import JobId
from transcribid.service.mailbox import Command, Verb
from transcribid.web.context import Context
from transcribid.web.overrides import checked
from transcribid.web.uploads import Arrival, submit


async def begin(context: Context, arrival: Arrival, overrides: Mapping[str, object]) -> JobId:
    """Raises HTTPException for invalid overrides; nothing is then written to the inbox."""
    text = json.dumps(overrides)
    checked(context.config(), arrival.name, text)
    return await submit(context, await arrival.place(), text)


async def release(context: Context, job: JobId) -> None:
    """To be called once the response was sent: the recording is no longer needed."""
    with suppress(HTTPException):  # the log has it
        await context.ask(Command(Verb.RELEASE, job))
