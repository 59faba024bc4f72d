"""Files that were given up, each with a report that says why."""

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path

from transcribid.domain.job import GIVEN_UP, Job, Moment, Source
from transcribid.domain.naming import fitted
from transcribid.domain.report import ReportLine, is_report_on, report
from transcribid.storage import files, relocate
from transcribid.storage.relocate import Parting

_SUFFIX = ".report.txt"


class Quarantine:
    def __init__(
        self,
        folder: Path,
        inbox: Path,
        turned_read_only: Callable[[], bool] = relocate.never,
        *,
        stays: bool = False,
    ) -> None:
        """`stays`: files stay in the inbox, and only their reports are written here."""
        self._folder = folder
        self._inbox = inbox
        self._turned_read_only = turned_read_only
        self._stays = stays

    def admit(self, job: Job, history: Sequence[Moment]) -> bool:
        """Report first, file second: a file in quarantine always has its report.

        Returns False when the file had to stay in the inbox. Safe to repeat.
        """
        source = self._inbox / job.source.name
        if relocate.state_of(source, job) is not Parting.MOVED:
            return not self._stays  # moved before, withdrawn, or replaced meanwhile
        lines = _lines(history)
        moved, stayed = (report(job, lines, stays=stays).encode() for stays in (False, True))
        place = self._place(source, self._folder / job.source.name, (moved, stayed))
        files.make_folder(place.parent)
        relocate.check_other_folder(source, place.parent)
        _write_report(place, stayed if self._stays else moved)
        if self._stays:
            return False
        try:
            relocate.move(source, place, job)
        except OSError as error:
            if not (relocate.may_not_move(error, self._turned_read_only) and source.exists()):
                raise
            _write_report(place, stayed)
            return False
        return True

    def restore(self, job: Job) -> None:
        """Move a job's file back into the inbox; its return causes the retry.

        Raises:
            FileNotFoundError: it is not in quarantine.
            FileExistsError: the inbox has a file of this name.
        """
        place = relocate.locate(self._folder / job.source.name, job)
        target = self._inbox / job.source.name
        relocate.restore(place, target)
        self._forget(place, job.source.name)

    def gone(self, jobs: Iterable[Job]) -> list[Job]:
        """The jobs that were given up and whose file is neither here nor in the inbox.

        Lists each folder once and opens no file. Raises OSError.
        """
        names = cache(_names)
        given_up = [job for job in jobs if job.state in GIVEN_UP]
        return [job for job in given_up if not self._may_hold(job, names)]

    def _may_hold(self, job: Job, names: Callable[[Path], Collection[str]]) -> bool:
        usual = self._folder / job.source.name
        here = names(usual.parent)
        if usual.name in here or os.path.lexists(self._inbox / job.source.name):
            return True
        others = islice(files.alternatives(usual), 1, relocate.MAX_CANDIDATES) if here else ()
        return any(each.name in here and _like(each, job.source) for each in others)

    def forget(self, name: str) -> None:
        """Remove the report of a file that went back to the inbox."""
        self._forget(self._folder / name, name)

    def _forget(self, place: Path, name: str) -> None:
        report_file = _report_of(place)
        if place.exists() or not report_file.is_file():
            return
        if is_report_on(name, report_file.read_text(errors="replace")):
            report_file.unlink()

    def _place(self, source: Path, wanted: Path, reports: Collection[bytes]) -> Path:
        """A name for the file such that its report, one of these, can be named after it."""
        for candidate in files.alternatives(wanted):
            place = relocate.place_for(source, candidate)
            there = _report_of(place)
            if not os.path.lexists(there) or any(files.has(there, each) for each in reports):
                return place
        raise AssertionError("alternatives never end")


def _write_report(place: Path, text: bytes) -> None:
    report_file = _report_of(place)
    if os.path.lexists(report_file):  # it is ours, or `_place` would have chosen another name
        files.replace(report_file, text)
    else:
        files.publish(report_file, text)


def _names(folder: Path) -> Collection[str]:
    try:
        return frozenset(each.name for each in folder.iterdir())
    except FileNotFoundError:
        return frozenset()


def _like(file: Path, source: Source) -> bool:
    try:
        return source.matches(file.lstat())
    except FileNotFoundError:
        return False


def _lines(history: Sequence[Moment]) -> list[ReportLine]:
    return [
        ReportLine(
            datetime.fromtimestamp(moment.at).astimezone().isoformat(" ", "seconds"),
            moment.event,
            moment.note,
        )
        for moment in history
    ]


def _report_of(file: Path) -> Path:
    return file.with_name(fitted(file.name, 255 - len(_SUFFIX)) + _SUFFIX)
