"""A recording that came in a form, heard while its sender waits."""

import json
from collections.abc import Mapping

from fastapi import HTTPException

from transcribid.config import ConfigError
from transcribid.config.per_file import effective
from transcribid.domain.job import JobId
from transcribid.web.desk import Desk
from transcribid.web.uploads import Arrival, submitted


async def begun(desk: Desk, arrival: Arrival, wishes: Mapping[str, object]) -> JobId:
    """Raises HTTPException for wishes that cannot be met: then nothing comes into the inbox."""
    told = json.dumps(wishes)
    try:
        effective(desk.config(), arrival.name, told)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from None
    return await submitted(desk, await arrival.place(), told)
