"""Applies a changed configuration while work continues.

All or nothing: the new parts are built first, and a configuration with any error changes
nothing. Parts that are not affected stay the same objects and continue; recordings of replaced
engines go back into the queue with their finished windows.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from transcribid.domain.job import State
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.live_status import LiveStatus
from transcribid.service.parts import Parts, Unusable
from transcribid.workers import News

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """What a reload needs from outside."""

    rebuild: Callable[[], Parts]  # from the current configuration; raises Unusable
    began: Callable[[], None]  # both notify the service manager
    ended: Callable[[], None]


class Reload:
    def __init__(
        self,
        parts: Parts,
        dispatcher: Dispatcher,
        status: LiveStatus,
        rebuilding: Rebuilding,
        receive: Callable[[Iterable[News]], None],
    ) -> None:
        """`receive` gets what executors report as they are closed."""
        self._parts = parts
        self._dispatcher = dispatcher
        self._status = status
        self._rebuilding = rebuilding
        self._receive = receive

    def run(self) -> list[str]:
        """Returns why the configuration was not applied, line by line."""
        self._rebuilding.began()
        refusal: list[str] = []
        try:
            self._adopt(self._rebuilding.rebuild())
        except Unusable as why:
            refusal = str(why).splitlines()
        finally:
            self._rebuilding.ended()
        if refusal:
            log.error("config.refused", report=refusal)
        else:
            log.info("config.applied")
        return refusal

    def _adopt(self, new: Parts) -> None:
        """Switch to the new parts, some of which are the same as before."""
        old = self._parts
        if new.hooks is not old.hooks:
            old.hooks.close(0.0)
            new.hooks.start()
        if new.diarizer is not old.diarizer:
            self._receive(old.diarizer.close())  # its recording is a bystander
        if new.executor is not old.executor:
            self._dispatcher.interrupt(State.STAGING, State.RUNNING)
            self._receive(old.executor.close())
            self._status.forget_engines()
            new.executor.warm(time.monotonic())
        if new.inbox is not old.inbox:
            old.inbox.close()
            new.inbox.start()
        self._parts.replace_with(new)
