"""A daemon that is running with the same state folder."""

from collections.abc import Iterator
from pathlib import Path

import httpx
from pydantic import ValidationError

from transcribid.doctor.finding import Finding, Level
from transcribid.web.address import reachable
from transcribid.web.models import StatusView

_AREA = "daemon"
_TIMEOUT = 5.0  # seconds


def findings(state: Path) -> Iterator[Finding]:
    try:
        status = _status(state)
    except PermissionError:
        remedy = "Run as its user or as root."
        yield Finding(_AREA, "A daemon may be running; access denied", Level.NOTE, "", remedy)
    except (OSError, httpx.HTTPError, ValidationError):
        yield Finding(_AREA, "Not running with this state folder")
    else:
        where = f" with {status.model} on {status.device}" if status.device else ""
        what = f"Running: {status.status}{where}"
        why = "The self-test shares CPU, memory and GPU with it."
        yield Finding(_AREA, what, Level.NOTE, status.trouble or why)


def _status(state: Path) -> StatusView:
    with reachable(state) as address:
        transport = httpx.HTTPTransport(uds=address)
        base_url = "http://localhost"
        with httpx.Client(transport=transport, base_url=base_url, timeout=_TIMEOUT) as http:
            return StatusView.model_validate(http.get("/status").json())
