"""A recording that came in a form, heard while its sender waits."""

import json
from collections.abc import Mapping
from contextlib import suppress

from fastapi import HTTPException

from transcribid.domain.job import JobId
from transcribid.service.mailbox import Command, Verb
from transcribid.web.desk import Desk
from transcribid.web.uploads import Arrival, submitted
from transcribid.web.wishes import checked


async def begun(desk: Desk, arrival: Arrival, wishes: Mapping[str, object]) -> JobId:
    """Raises HTTPException for wishes that cannot be met: then nothing comes into the inbox."""
    told = json.dumps(wishes)
    checked(desk.config(), arrival.name, told)
    return await submitted(desk, await arrival.place(), told)


async def answered(desk: Desk, job: JobId) -> None:
    """To be called once the answer was sent: nobody needs the recording any more."""
    with suppress(HTTPException):  # the log has it
        await desk.ask(Command(Verb.LET_GO, job))
