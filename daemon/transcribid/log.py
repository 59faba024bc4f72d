"""Structured logs: colours on a terminal, JSON elsewhere."""

import logging
import sys
from typing import Literal, TextIO

import structlog

Format = Literal["auto", "console", "json"]


def configure(log_format: Format, level: str) -> None:
    """Send every line to standard error, one event each."""
    stream = sys.stderr
    _take_over_the_libraries()
    console = log_format == "console" or (log_format == "auto" and stream.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=not console),
            structlog.processors.format_exc_info,
            *_last(console=console, stream=stream),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )


def _last(*, console: bool, stream: TextIO) -> list[structlog.typing.Processor]:
    if console:
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty())]
    return [structlog.processors.JSONRenderer()]


class _Libraries(logging.Handler):
    """What libraries say by the standard library's logging, as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().warning(
            "library.said", library=record.name, message=record.getMessage()
        )


def _take_over_the_libraries() -> None:
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)
    logging.getLogger("watchdog").setLevel(logging.ERROR)  # a lost event costs time only
