"""Structured logs: colours on a terminal, fields in the journal, JSON elsewhere."""

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Literal, TextIO

import structlog

from transcribid.log.journal import Journal, leads_to_journal

_BETWEEN_REPEATS = 60.0  # seconds

Format = Literal["auto", "console", "journal", "json"]


def configure(log_format: Format, level: str) -> None:
    """Send every line to standard error or the journal, one event each.

    Raises ImportError where the journal is wanted and systemd-python is not installed.
    """
    stream = sys.stderr
    _take_over_the_libraries()
    chosen = _chosen(stream) if log_format == "auto" else log_format
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            *_LAST[chosen](stream),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def _chosen(stream: TextIO) -> Format:
    if stream.isatty():
        return "console"
    in_journal = leads_to_journal(stream, os.environ) and find_spec("systemd") is not None
    return "journal" if in_journal else "json"


def _console(stream: TextIO) -> list[structlog.typing.Processor]:
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        structlog.dev.ConsoleRenderer(colors=stream.isatty()),
    ]


def _json(_: TextIO) -> list[structlog.typing.Processor]:
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ]


def _journal(_: TextIO) -> list[structlog.typing.Processor]:
    return [Journal()]


_LAST: Mapping[str, Callable[[TextIO], list[structlog.typing.Processor]]] = {
    "console": _console,
    "json": _json,
    "journal": _journal,
}


class _Libraries(logging.Handler):
    """What libraries say by the standard library's logging, as lines of ours.

    What one says over and over is one line a minute, with its number.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[str, str] | None = None
        self._said_at = 0.0  # by the monotonic clock
        self._unsaid = 0

    def emit(self, record: logging.LogRecord) -> None:
        said, now = (record.name, record.getMessage()), time.monotonic()
        if said == self._last and now - self._said_at < _BETWEEN_REPEATS:
            self._unsaid += 1
            return
        more = {"repeated": self._unsaid} if self._unsaid and said == self._last else {}
        self._last, self._said_at, self._unsaid = said, now, 0
        structlog.get_logger().warning(
            "library.said",
            library=record.name,
            message=record.getMessage(),
            exc_info=record.exc_info,
            **more,
        )


def _take_over_the_libraries() -> None:
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)
    logging.getLogger("watchdog").setLevel(logging.ERROR)  # a lost event costs time only
