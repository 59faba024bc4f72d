"""What the service manager is told, as sd_notify(3) says: ready, what we do, still alive."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import structlog

from transcribid.service.status import Status

log = structlog.get_logger()

_BETWEEN = 1.0  # seconds between two sentences at least
_REMEDY = "install python3-systemd, or: python -m pip install 'transcribid[systemd]'"


class Systemd:
    """Only the deciding thread speaks to it: when that stands still, so does the watchdog."""

    def __init__(self, environment: Mapping[str, str], alive: Callable[[], bool]) -> None:
        """`alive` tells whether the parts that have threads of their own still answer."""
        self._alive = alive
        self._library = _library(environment)
        self._interval = float(environment.get("WATCHDOG_USEC", "0")) / 1e6 / 2  # seconds
        self._fed = 0.0  # by the monotonic clock
        self._ready = self._stopping = False
        self._sentence = ""
        self._said = 0.0  # by the monotonic clock

    def see(self, status: Status) -> None:
        """In each turn of the loop."""
        if self._library is None:
            return
        now = time.monotonic()
        if status.ready and not self._ready:
            self._ready = True
            self._say("READY=1\n", status.sentence, now)
        elif status.stopping and not self._stopping:
            self._stopping = True
            self._say("STOPPING=1\n", status.sentence, now)
        elif status.sentence != self._sentence and now - self._said >= _BETWEEN:
            self._say("", status.sentence, now)
        self._feed(now)

    def reloading(self) -> None:
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def reloaded(self) -> None:
        if self._ready:
            self._tell("READY=1")

    def _say(self, state: str, sentence: str, now: float) -> None:
        self._sentence, self._said = sentence, now
        self._tell(f"{state}STATUS={sentence}")

    def _feed(self, now: float) -> None:
        if not self._interval or now - self._fed < self._interval:
            return
        if self._alive():
            self._fed = now
            self._tell("WATCHDOG=1")
        else:
            log.error("web.silent", message="The web server does not respond to itself.")

    def _tell(self, words: str) -> None:
        if self._library is not None:
            self._library.notify(words)


def _library(environment: Mapping[str, str]) -> Any:
    """systemd's own, where a service manager listens; else None."""
    if "NOTIFY_SOCKET" not in environment:
        return None
    if find_spec("systemd") is None:
        message = "systemd expects notifications, but systemd-python is not installed."
        log.error("supervisor.unheard", message=message, remedy=_REMEDY)
        return None
    return import_module("systemd.daemon")
