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

_REPEAT_INTERVAL = 60.0  # seconds

Format = Literal["auto", "console", "journal", "json"]


def configure(log_format: Format, level: str) -> None:
    """Send every event to standard error or the journal, one line each.

    Raises ImportError if the journal is requested but systemd-python is not installed.
    """
    stream = sys.stderr
    _redirect_libraries()
    chosen = _automatic(stream) if log_format == "auto" else log_format
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            *_RENDERERS[chosen](stream),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def _automatic(stream: TextIO) -> Format:
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


_RENDERERS: Mapping[str, Callable[[TextIO], list[structlog.typing.Processor]]] = {
    "console": _console,
    "json": _json,
    "journal": _journal,
}


class _Libraries(logging.Handler):
    """Forwards the libraries' standard logging to structlog.

    Repeats are logged at most once a minute, with their count.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[str, str] | None = None
        self._last_at = 0.0  # by the monotonic clock
        self._suppressed = 0

    def emit(self, record: logging.LogRecord) -> None:
        message, now = (record.name, record.getMessage()), time.monotonic()
        repeated = message == self._last
        if repeated and now - self._last_at < _REPEAT_INTERVAL:
            self._suppressed += 1
            return
        more = {"repeated": self._suppressed} if self._suppressed and repeated else {}
        self._last, self._last_at, self._suppressed = message, now, 0
        structlog.get_logger().warning(
            "library.said",
            library=record.name,
            message=record.getMessage(),
            exc_info=record.exc_info,
            **more,
        )


def _redirect_libraries() -> None:
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)
    logging.getLogger("watchdog").setLevel(logging.ERROR)  # a lost event only costs time
