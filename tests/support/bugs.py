"""Deliberate bugs, one function each: a checker that never fails proves nothing.

They reach into private parts on purpose: each is a slip of one line somebody could make.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transcribid.domain.events import Delivered, Event, Recovered
from transcribid.domain.job import Job, State
from transcribid.domain.lifecycle import Decision
from transcribid.domain.settle import Sighting
from transcribid.service import dispatcher
from transcribid.service.effects import Effects, Outcome
from transcribid.service.mount_guard import MountGuard
from transcribid.storage import files, outbox, relocate, staging
from transcribid.storage.outbox import KeptTranscript, Outbox
from transcribid.storage.quarantine import Quarantine
from transcribid.storage.relocate import Parting
from transcribid.storage.staging import Staging

Step = Callable[..., Any]


def _change(owner: object, name: str, change: Callable[[Step], Step]) -> None:
    setattr(owner, name, change(getattr(owner, name)))


def _archive_before_outputs() -> None:
    def change(deliver: Step) -> Step:
        def changed(self: Effects, job: Job) -> Outcome:
            vars(self)["_parts"].archive.put_away(job)
            return deliver(self, job)

        return changed

    _change(Effects, "_deliver", change)


def _outputs_written_in_place() -> None:
    def publish(part: Path, path: Path, *, replaces: bool) -> None:
        content = part.read_bytes()
        with path.open("wb") as file:
            for half in (content[: len(content) // 2], content[len(content) // 2 :]):
                file.write(half)
                file.flush()
                os.fsync(file.fileno())

    _change(outbox, "_publish", lambda _: publish)


def _marker_first() -> None:
    def change(staged: Step) -> Step:
        def changed(self: Outbox, *given: Any) -> dict[str, Path]:
            return dict(reversed(staged(self, *given).items()))

        return changed

    _change(Outbox, "_stage_set", change)


def _names_overwritten() -> None:
    def name_new(part: Path, name: Path) -> None:
        part.replace(name)

    _change(files, "name_new", lambda _: name_new)


def _source_removed_before_its_copy_is_named() -> None:
    def change(copy_over: Step) -> Step:
        def changed(source: Path, wish: Path, _: Path, job: Job) -> tuple[Parting, Path]:
            borrowed = source.rename(source.with_name(f".{job.id}.part"))
            content = borrowed.read_bytes()
            borrowed.unlink()
            files.write(wish, content)
            return Parting.MOVED, wish

        return changed

    _change(relocate, "_copy_over", change)


def _delivering_forgotten() -> None:
    def change(decide: Step) -> Step:
        def changed(job: Job, event: Event, **given: Any) -> Decision:
            if job.state is State.DELIVERING and isinstance(event, Recovered):
                return Decision(job)
            return decide(job, event, **given)

        return changed

    _change(dispatcher, "decide", change)


def _taken_at_once() -> None:
    def ripe_at(self: Sighting, *, quiet: float, grace: float) -> float:
        return self.since

    _change(Sighting, "ripe_at", lambda _: ripe_at)
    _change(staging, "_has_writer", lambda _: _nobody_writes)


def _nobody_writes(_: int) -> bool:
    return False


def _unmounted_folders_trusted() -> None:
    _change(MountGuard, "trouble", lambda _: lambda *_: None)


def _transcript_only_in_memory() -> None:
    memory: dict[int, KeptTranscript] = {}

    def keep(_: Outbox, job: int, kept: KeptTranscript) -> None:
        memory[job] = kept

    def kept(_: Outbox, job: int) -> KeptTranscript:
        if job not in memory:
            raise FileNotFoundError(job)
        return memory[job]

    _change(Outbox, "keep", lambda _: keep)
    _change(Outbox, "kept", lambda _: kept)


def _done_though_undelivered() -> None:
    def change(deliver: Step) -> Step:
        def changed(self: Effects, job: Job) -> Outcome:
            try:
                return deliver(self, job)
            except OSError:
                vars(self)["_parts"].archive.put_away(job)
                return Outcome(Delivered())

        return changed

    _change(Effects, "_deliver", change)


def _report_after_the_file() -> None:
    def change(admit: Step) -> Step:
        def changed(self: Quarantine, job: Job, *given: Any) -> bool:
            folders = vars(self)
            source = folders["_inbox"] / job.source.name
            relocate.move(source, folders["_folder"] / job.source.name, job)
            return admit(self, job, *given)

        return changed

    _change(Quarantine, "admit", change)


def _copies_left_behind() -> None:
    _change(Staging, "discard", lambda _: lambda *_: None)


PLANTS: Mapping[str, Callable[[], None]] = {
    "archive before outputs": _archive_before_outputs,
    "outputs written in place": _outputs_written_in_place,
    "marker first": _marker_first,
    "names overwritten": _names_overwritten,
    "source removed before its copy is named": _source_removed_before_its_copy_is_named,
    "delivering forgotten": _delivering_forgotten,
    "taken at once": _taken_at_once,
    "unmounted folders trusted": _unmounted_folders_trusted,
    "transcript only in memory": _transcript_only_in_memory,
    "done though undelivered": _done_though_undelivered,
    "report after the file": _report_after_the_file,
    "copies left behind": _copies_left_behind,
}
