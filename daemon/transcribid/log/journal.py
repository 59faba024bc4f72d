"""Log lines as entries of systemd's journal, with a field for each datum."""

import json
import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any, TextIO

import structlog

_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # syslog(3)
_OWN = ("event", "level", "message")


class Journal:
    """The last processor of structlog: nothing comes after it."""

    def __init__(self) -> None:
        """Raises ImportError where systemd-python is not installed."""
        self._library: Any = import_module("systemd.journal")

    def __call__(self, _: Any, __: str, entry: structlog.typing.EventDict) -> str:
        facts = dict(entry)
        self._library.send(
            sentence(facts),
            PRIORITY=str(_PRIORITIES[facts["level"]]),
            SYSLOG_IDENTIFIER="transcribid",
            EVENT=str(facts["event"]),
            **{key.upper(): _text(facts[key]) for key in facts if key not in _OWN},
        )
        raise structlog.DropEvent


def leads_to_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether systemd connected this stream to the journal, as systemd.exec(5) says."""
    try:
        facts = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{facts.st_dev}:{facts.st_ino}"


def sentence(facts: Mapping[str, object]) -> str:
    """The event, what it says of itself, and the rest.

    >>> sentence({"event": "job.queued", "level": "info", "job": 7, "message": "It waits."})
    'job.queued: It waits. job=7'
    """
    message = f": {facts['message']}" if facts.get("message") else ""
    rest = [f"{key}={_text(facts[key])}" for key in facts if key not in _OWN]
    return " ".join((f"{facts['event']}{message}", *rest))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
