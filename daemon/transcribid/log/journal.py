"""Log events as systemd journal entries, with a field for each value."""

import json
import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any, TextIO

import structlog

_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # syslog(3)
_OWN = ("event", "level", "message")


class Journal:
    """The last structlog processor: it drops the event once it is sent."""

    def __init__(self) -> None:
        """Raises ImportError if systemd-python is not installed."""
        self._library: Any = import_module("systemd.journal")

    def __call__(self, _: Any, __: str, entry: structlog.typing.EventDict) -> str:
        fields = dict(entry)
        self._library.send(
            sentence(fields),
            PRIORITY=str(_PRIORITIES[fields["level"]]),
            SYSLOG_IDENTIFIER="transcribid",
            EVENT=str(fields["event"]),
            **{key.upper(): _text(fields[key]) for key in fields if key not in _OWN},
        )
        raise structlog.DropEvent


def leads_to_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether systemd connected this stream to the journal; see systemd.exec(5)."""
    try:
        facts = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{facts.st_dev}:{facts.st_ino}"


def sentence(fields: Mapping[str, object]) -> str:
    """The event, its message, and the remaining fields.

    >>> sentence({"event": "job.queued", "level": "info", "job": 7, "message": "It waits."})
    'job.queued: It waits. job=7'
    """
    message = f": {fields['message']}" if fields.get("message") else ""
    rest = [f"{key}={_text(fields[key])}" for key in fields if key not in _OWN]
    return " ".join((f"{fields['event']}{message}", *rest))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
