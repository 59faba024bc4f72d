"""Files we gave up on, each with a report that says why."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from transcribid import files, sources
from transcribid.domain.job import Job, Moment
from transcribid.domain.naming import fitted
from transcribid.domain.report import Line, is_report_on, report
from transcribid.sources import Parting

_SUFFIX = ".report.txt"


class Quarantine:
    def __init__(self, folder: Path, inbox: Path) -> None:
        self._folder = folder
        self._inbox = inbox

    def admit(self, job: Job, history: Sequence[Moment]) -> bool:
        """Report first, file second: a file in quarantine always has its report.

        Returns False when the file had to stay in the inbox. Safe to repeat.
        """
        source = self._inbox / job.source.name
        if sources.state_of(source, job) is not Parting.MOVED:
            return True  # moved before, withdrawn, or replaced meanwhile
        text = report(job, _lines(history)).encode()
        place = self._place(source, self._folder / job.source.name, text)
        files.make_folder(place.parent)
        files.publish(_report_of(place), text)
        try:
            sources.move(source, place, job)
        except OSError as error:
            if error.errno in sources.NOT_OURS_TO_MOVE and source.exists():
                return False
            raise
        return True

    def give_back(self, job: Job) -> None:
        """Move a job's file back into the inbox; its return is what retries it.

        Raises:
            FileNotFoundError: it is not in quarantine.
            FileExistsError: the inbox has a file of this name.
        """
        place = sources.lying(self._folder / job.source.name, job)
        target = self._inbox / job.source.name
        sources.bring_back(place, target)
        self._forget(place, job.source.name)

    def forget(self, name: str) -> None:
        """The file went back to the inbox: its report is about the past."""
        self._forget(self._folder / name, name)

    def _forget(self, place: Path, name: str) -> None:
        report_file = _report_of(place)
        if place.exists() or not report_file.is_file():
            return
        if is_report_on(name, report_file.read_text(errors="replace")):
            report_file.unlink()

    def _place(self, source: Path, wish: Path, text: bytes) -> Path:
        """A name for the file such that its report has a name, too."""
        for candidate in files.alternatives(wish):
            place = sources.place_for(source, candidate)
            report_file = _report_of(place)
            if not os.path.lexists(report_file) or files.has(report_file, text):
                return place
        raise AssertionError("alternatives never end")


def _lines(history: Sequence[Moment]) -> list[Line]:
    return [
        Line(
            datetime.fromtimestamp(moment.at).astimezone().isoformat(" ", "seconds"),
            moment.event,
            moment.note,
        )
        for moment in history
    ]


def _report_of(file: Path) -> Path:
    return file.with_name(fitted(file.name, 255 - len(_SUFFIX)) + _SUFFIX)
