"""The power-cut test can fail: each bug that is planted on purpose is found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.outages import (
    Scenario,
    a_bad_recording,
    a_good_recording,
    a_new_version,
    cuts,
    names_that_are_taken,
)
from transcribid.domain.events import Delivered
from transcribid.domain.job import State
from transcribid.domain.lifecycle import Effect
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.effects import Effects, Outcome
from transcribid.storage import files, outbox, relocate
from transcribid.storage.outbox import Outbox
from transcribid.storage.quarantine import Quarantine

# pyright: reportPrivateUsage=false


def files_are_not_synced(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(files, "write", Path.write_bytes)


def folders_are_not_synced(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(files, "sync", Path.exists)


def the_marker_comes_first(plant: pytest.MonkeyPatch) -> None:
    real = Outbox._stage_set

    def reversed_parts(self: Outbox, *given: Any) -> dict[str, Path]:
        return dict(reversed(real(self, *given).items()))

    plant.setattr(Outbox, "_stage_set", reversed_parts)


def outputs_are_written_in_place(plant: pytest.MonkeyPatch) -> None:
    def publish(part: Path, path: Path, *, replaces: bool) -> None:
        path.write_bytes(b"{}")
        part.replace(path)

    plant.setattr(outbox, "_publish", publish)


def taken_names_are_overwritten(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(files, "name_new", Path.replace)


def the_source_is_archived_first(plant: pytest.MonkeyPatch) -> None:
    real = Effects._deliver

    def deliver(self: Effects, job: Any) -> Outcome:
        self._parts.archive.put_away(job)
        return real(self, job)

    plant.setattr(Effects, "_deliver", deliver)


def a_job_is_done_before_it_is_delivered(plant: pytest.MonkeyPatch) -> None:
    real = Dispatcher._perform

    def perform(self: Dispatcher, effect: Effect, job: Any) -> None:
        if effect is not Effect.DELIVER:
            real(self, effect, job)
            return
        kept = self._parts.outbox.kept(job.id)
        self.handle(job.id, Delivered())
        self._parts.outbox.keep(job.id, kept)
        self._parts.outbox.deliver(job)
        self._parts.archive.put_away(job)

    plant.setattr(Dispatcher, "_perform", perform)


def recovery_forgets_what_was_being_delivered(plant: pytest.MonkeyPatch) -> None:
    real = Dispatcher.recover

    def recover(self: Dispatcher) -> None:
        for job in self._parts.ledger.begun():
            if job.state is State.DELIVERING:
                self.handle(job.id, Delivered(), None)
        real(self)

    plant.setattr(Dispatcher, "recover", recover)


def the_file_comes_before_its_report(plant: pytest.MonkeyPatch) -> None:
    real = Quarantine.admit

    def admit(self: Quarantine, job: Any, history: Any) -> bool:
        name = job.source.name
        relocate.move(self._inbox / name, self._folder / name, job)
        return real(self, job, history)

    plant.setattr(Quarantine, "admit", admit)


def a_new_version_only_replaces_the_marker(plant: pytest.MonkeyPatch) -> None:
    real = files.remove

    def remove(path: Path) -> None:
        if path.name != "talk.json":
            real(path)

    plant.setattr(files, "remove", remove)


def the_original_goes_before_its_copy_has_a_name(plant: pytest.MonkeyPatch) -> None:
    real = relocate._rename

    def rename(source: Path, wish: Path, facts: Any) -> Any:
        content = source.read_bytes()
        source.unlink()
        source.write_bytes(content)
        return real(source, wish, facts)

    plant.setattr(relocate, "_rename", rename)


BUGS: dict[Callable[[pytest.MonkeyPatch], None], Scenario] = {
    files_are_not_synced: a_good_recording,
    folders_are_not_synced: a_good_recording,
    the_marker_comes_first: a_good_recording,
    outputs_are_written_in_place: a_good_recording,
    taken_names_are_overwritten: names_that_are_taken,
    the_source_is_archived_first: a_good_recording,
    a_job_is_done_before_it_is_delivered: a_good_recording,
    recovery_forgets_what_was_being_delivered: a_good_recording,
    the_file_comes_before_its_report: a_bad_recording,
    a_new_version_only_replaces_the_marker: a_new_version,
    the_original_goes_before_its_copy_has_a_name: a_good_recording,
}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found(
    bug: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)

    assert any(cuts(tmp_path, BUGS[bug])), "nobody noticed"
