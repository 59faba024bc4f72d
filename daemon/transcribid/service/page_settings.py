"""Settings chosen on the web page: applied as a whole, and never such that it cannot start."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from transcribid.config import saved
from transcribid.config.problem import dotted
from transcribid.domain.job import Failure
from transcribid.service.mailbox import Declined
from transcribid.service.parts import Parts
from transcribid.storage import files

log = structlog.get_logger()


class PageSettings:
    def __init__(self, state: Path, parts: Parts, reload: Callable[[], list[str]]) -> None:
        """`reload` applies the configuration with them, or returns why it cannot."""
        self._state = state
        self._path = state / saved.NAME
        self._parts = parts
        self._reload = reload

    def choose(self, settings: str) -> str:
        """Save and apply settings. Returns what that means for recordings. Raises Declined.

        `settings`: JSON with dotted keys; null resets a setting.
        """
        engines, at_work = self._parts.executor, bool(self._parts.ledger.begun())
        self._save(settings)
        if at_work and self._parts.executor is not engines:
            return "Saved. Running recordings restart with it."
        return "Saved. It applies from the next recording on."

    def _save(self, settings: str) -> None:
        chosen: dict[str, Any] = json.loads(settings)
        changes = {tuple(key.split(".")): value for key, value in chosen.items()}
        try:
            before = saved.content(self._state)
            saved.save(self._state, changes)
        except KeyError as error:
            raise Declined(f"{dotted(error.args[0])} cannot be changed here.") from None
        except OSError as error:
            raise Declined(f"{self._path} cannot be written: {error.strerror}.") from None
        except ValueError:
            message = f"{self._path} was changed and is invalid: fix or delete it."
            raise Declined(message) from None
        if refusal := self._reload():
            self._restore(before)
            raise Declined("\n".join(map(self._without_location, refusal)))

    def drop_engine(self, why: Failure) -> bool:
        """Reset the engine settings chosen here. Returns whether there were any."""
        chosen: dict[str, Any] = saved.saved_layer(self._state).data.get("engine") or {}
        if not chosen:
            return False
        log.error("settings.dropped", file=str(self._path), chosen=chosen, message=why.message)
        try:
            saved.save(self._state, {("engine", name): None for name in chosen})
        except (OSError, ValueError) as error:
            log.warning("settings.kept", error=str(error))
            return False
        self._reload()
        return True

    def _restore(self, before: bytes | None) -> None:
        try:
            saved.restore(self._state, before)
        except OSError as error:
            log.warning("settings.lost", file=str(self._path), error=str(error))
            files.remove(self._path)  # otherwise no configuration would be valid

    def _without_location(self, line: str) -> str:
        """Drop the location: it refers to a file that has been restored."""
        return re.sub(rf"^{re.escape(str(self._path))}(:\d+)?: ", "", line)
