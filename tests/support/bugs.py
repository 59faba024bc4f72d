"""Deliberate bugs, one function each: a checker that never fails proves nothing.

They reach into private parts on purpose: each is a slip of one line somebody could make. The
daemons that are killed have them for life, the power-cut test for as long as a test lasts.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transcribid.domain import lifecycle
from transcribid.domain.events import Delivered, Event, Recovered
from transcribid.domain.job import Job, State
from transcribid.domain.lifecycle import Decision, Effect
from transcribid.domain.settle import Sighting
from transcribid.service import dispatcher
from transcribid.service.dispatcher import Dispatcher
from transcribid.service.effects import Effects, Outcome
from transcribid.service.mount_guard import MountGuard
from transcribid.storage import files, outbox, relocate, staging
from transcribid.storage.outbox import KeptTranscript, Outbox
from transcribid.storage.quarantine import Quarantine
from transcribid.storage.relocate import Parting
from transcribid.storage.staging import Staging

# pyright: reportPrivateUsage=false

Step = Callable[..., Any]
Plant = Callable[[object, str, Step], None]
"""As `setattr`."""

Bug = Callable[[Plant], None]


def _files_not_synced(plant: Plant) -> None:
    plant(files, "write", Path.write_bytes)


def _folders_not_synced(plant: Plant) -> None:
    plant(files, "sync", Path.exists)


def _archive_before_outputs(plant: Plant) -> None:
    deliver = Effects._deliver

    def changed(self: Effects, job: Job) -> Outcome:
        self._parts.archive.put_away(job)
        return deliver(self, job)

    plant(Effects, "_deliver", changed)


def _outputs_written_in_place(plant: Plant) -> None:
    def publish(part: Path, path: Path, *, replaces: bool) -> None:
        content = part.read_bytes()
        with path.open("wb") as file:
            for half in (content[: len(content) // 2], content[len(content) // 2 :]):
                file.write(half)
                file.flush()
                os.fsync(file.fileno())

    plant(outbox, "_publish", publish)


def _marker_first(plant: Plant) -> None:
    staged = Outbox._stage_set

    def changed(self: Outbox, *given: Any) -> dict[str, Path]:
        return dict(reversed(staged(self, *given).items()))

    plant(Outbox, "_stage_set", changed)


def _names_overwritten(plant: Plant) -> None:
    def name_new(part: Path, name: Path) -> None:
        part.replace(name)

    plant(files, "name_new", name_new)


def _source_removed_before_its_copy_is_named(plant: Plant) -> None:
    def changed(source: Path, wanted: Path, _: Path, job: Job) -> tuple[Parting, Path]:
        borrowed = source.rename(source.with_name(f".{job.id}.part"))
        content = borrowed.read_bytes()
        borrowed.unlink()
        files.write(wanted, content)
        return Parting.MOVED, wanted

    plant(relocate, "_copy_over", changed)


def _source_written_anew(plant: Plant) -> None:
    rename = relocate._rename

    def changed(source: Path, *given: Any) -> Any:
        content = source.read_bytes()
        source.unlink()
        source.write_bytes(content)
        return rename(source, *given)

    plant(relocate, "_rename", changed)


def _delivering_forgotten(plant: Plant) -> None:
    decide = lifecycle.decide

    def changed(job: Job, event: Event, **given: Any) -> Decision:
        if job.state is State.DELIVERING and isinstance(event, Recovered):
            return Decision(job)
        return decide(job, event, **given)

    plant(dispatcher, "decide", changed)


def _delivering_taken_for_delivered(plant: Plant) -> None:
    recover = Dispatcher.recover

    def changed(self: Dispatcher) -> None:
        for job in self._parts.ledger.begun():
            if job.state is State.DELIVERING:
                self.handle(job.id, Delivered(), None)
        recover(self)

    plant(Dispatcher, "recover", changed)


def _done_before_it_is_delivered(plant: Plant) -> None:
    perform = Dispatcher._perform

    def changed(self: Dispatcher, effect: Effect, job: Job) -> None:
        if effect is not Effect.DELIVER:
            perform(self, effect, job)
            return
        parts = self._parts
        kept = parts.outbox.kept(job.id)
        self.handle(job.id, Delivered())
        parts.outbox.keep(job.id, kept)
        parts.outbox.deliver(job)
        parts.archive.put_away(job)

    plant(Dispatcher, "_perform", changed)


def _only_the_marker_replaced(plant: Plant) -> None:
    remove = files.remove

    def changed(path: Path) -> None:
        if path.name != "talk.json":
            remove(path)

    plant(files, "remove", changed)


def _taken_at_once(plant: Plant) -> None:
    def ripe_at(self: Sighting, *, quiet: float, grace: float) -> float:
        return self.since

    plant(Sighting, "ripe_at", ripe_at)
    plant(staging, "_has_writer", _nobody_writes)


def _nobody_writes(_: int) -> bool:
    return False


def _unmounted_folders_trusted(plant: Plant) -> None:
    plant(MountGuard, "trouble", lambda *_: None)


def _transcript_only_in_memory(plant: Plant) -> None:
    memory: dict[int, KeptTranscript] = {}

    def keep(_: Outbox, job: int, kept: KeptTranscript) -> None:
        memory[job] = kept

    def kept(_: Outbox, job: int) -> KeptTranscript:
        if job not in memory:
            raise FileNotFoundError(job)
        return memory[job]

    plant(Outbox, "keep", keep)
    plant(Outbox, "kept", kept)


def _done_though_undelivered(plant: Plant) -> None:
    deliver = Effects._deliver

    def changed(self: Effects, job: Job) -> Outcome:
        try:
            return deliver(self, job)
        except OSError:
            self._parts.archive.put_away(job)
            return Outcome(Delivered())

    plant(Effects, "_deliver", changed)


def _report_after_the_file(plant: Plant) -> None:
    admit = Quarantine.admit

    def changed(self: Quarantine, job: Job, *given: Any) -> bool:
        source = self._inbox / job.source.name
        relocate.move(source, self._folder / job.source.name, job)
        return admit(self, job, *given)

    plant(Quarantine, "admit", changed)


def _copies_left_behind(plant: Plant) -> None:
    plant(Staging, "discard", lambda *_: None)


PLANTS: Mapping[str, Bug] = {
    "files not synced": _files_not_synced,
    "folders not synced": _folders_not_synced,
    "done before it is delivered": _done_before_it_is_delivered,
    "source written anew": _source_written_anew,
    "only the marker replaced": _only_the_marker_replaced,
    "archive before outputs": _archive_before_outputs,
    "outputs written in place": _outputs_written_in_place,
    "marker first": _marker_first,
    "names overwritten": _names_overwritten,
    "source removed before its copy is named": _source_removed_before_its_copy_is_named,
    "delivering forgotten": _delivering_forgotten,
    "delivering taken for delivered": _delivering_taken_for_delivered,
    "taken at once": _taken_at_once,
    "unmounted folders trusted": _unmounted_folders_trusted,
    "transcript only in memory": _transcript_only_in_memory,
    "done though undelivered": _done_though_undelivered,
    "report after the file": _report_after_the_file,
    "copies left behind": _copies_left_behind,
}
