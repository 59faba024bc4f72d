"""Handles a recording after its transcript is delivered."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import structlog

from transcribid.domain.job import Job
from transcribid.storage import relocate
from transcribid.storage.relocate import Parting

AfterSuccess = Literal["archive", "keep", "delete"]

log = structlog.get_logger()


class Archive:
    def __init__(
        self,
        folder: Path,
        inbox: Path,
        after_success: AfterSuccess,
        turned_read_only: Callable[[], bool] = relocate.never,
    ) -> None:
        self._folder = folder
        self._inbox = inbox
        self._after_success: AfterSuccess = after_success
        self._turned_read_only = turned_read_only

    @property
    def keeps(self) -> bool:
        """Whether finished recordings stay in the inbox."""
        return self._after_success == "keep"

    def put_away(self, job: Job) -> bool:
        """Safe to repeat. Returns False if the inbox has another version, which stays there."""
        source = self._inbox / job.source.name
        try:
            return self._dispose_of(source, job) is not Parting.CHANGED
        except OSError as error:
            if not (relocate.may_not_move(error, self._turned_read_only) and source.exists()):
                raise
            log.warning(
                "archive.refused", job=job.id, error=str(error), note="it stays in the inbox"
            )
            return True

    def release(self, job: Job) -> bool:
        """Remove a finished recording that would stay in the inbox, and that no user put there.

        Returns whether it was removed: not if finished recordings go elsewhere.
        """
        if self._after_success != "keep":
            return False
        return relocate.delete(self._inbox / job.source.name, job) is Parting.MOVED

    def restore(self, job: Job) -> None:
        """Move a job's recording back into the inbox, if it was moved.

        Raises:
            FileNotFoundError: it is not where it was moved.
            FileExistsError: the inbox has a file of this name.
        """
        if self._after_success == "archive":
            place = relocate.locate(self._folder / job.source.name, job)
            relocate.restore(place, self._inbox / job.source.name)

    def _dispose_of(self, source: Path, job: Job) -> Parting:
        match self._after_success:
            case "keep":
                return Parting.GONE
            case "delete":
                return relocate.delete(source, job)
            case "archive":
                return relocate.move(source, self._folder / job.source.name, job)[0]
