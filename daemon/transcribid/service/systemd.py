"""Notifies the service manager, see sd_notify(3): readiness, status and watchdog."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import structlog

from transcribid.service.status import Status

log = structlog.get_logger()

_STATUS_INTERVAL = 1.0  # minimum seconds between two status updates
_REMEDY = "install python3-systemd, or: python -m pip install 'transcribid[systemd]'"


class Systemd:
    """Used by the main thread only: when that hangs, the watchdog is not fed."""

    def __init__(self, environment: Mapping[str, str], alive: Callable[[], bool]) -> None:
        """`alive` returns whether the parts with threads of their own still respond."""
        self._alive = alive
        self._library = _library(environment)
        self._interval = float(environment.get("WATCHDOG_USEC", "0")) / 1e6 / 2  # seconds
        self._fed = 0.0  # by the monotonic clock
        self._ready = self._stopping = False
        self._sentence = ""
        self._status_sent = 0.0  # by the monotonic clock

    def see(self, status: Status) -> None:
        """Call in each turn of the loop."""
        if self._library is None:
            return
        now = time.monotonic()
        if status.ready and not self._ready:
            self._ready = True
            self._send_status("READY=1\n", status.sentence, now)
        elif status.stopping and not self._stopping:
            self._stopping = True
            self._send_status("STOPPING=1\n", status.sentence, now)
        elif status.sentence != self._sentence and now - self._status_sent >= _STATUS_INTERVAL:
            self._send_status("", status.sentence, now)
        self._feed_watchdog(now)

    def reloading(self) -> None:
        self._notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def reloaded(self) -> None:
        if self._ready:
            self._notify("READY=1")

    def _send_status(self, state: str, sentence: str, now: float) -> None:
        self._sentence, self._status_sent = sentence, now
        self._notify(f"{state}STATUS={sentence}")

    def _feed_watchdog(self, now: float) -> None:
        if not self._interval or now - self._fed < self._interval:
            return
        if self._alive():
            self._fed = now
            self._notify("WATCHDOG=1")
        else:
            log.error("web.silent", message="The web server does not respond to itself.")

    def _notify(self, message: str) -> None:
        if self._library is not None:
            self._library.notify(message)


def _library(environment: Mapping[str, str]) -> Any:
    """systemd's own library if a service manager listens, else None."""
    if "NOTIFY_SOCKET" not in environment:
        return None
    if find_spec("systemd") is None:
        message = "systemd expects notifications, but systemd-python is not installed."
        log.error("supervisor.unheard", message=message, remedy=_REMEDY)
        return None
    return import_module("systemd.daemon")
