"""Cut the power at every durable step of a pull; a model is whole or not there."""

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.desk import Desk
from support.hub import WEIGHTS, pipeline_files
from transcribid.models import check
from transcribid.models.names import parse_name
from transcribid.models.pull import pull
from transcribid.models.store import find

pytestmark = pytest.mark.slow

NEWER = "f" * 40
STEPS = ("fsync", "rename", "replace", "link", "unlink", "mkdir", "rmdir")

State = Callable[[Desk], None]


class PowerCut(BaseException):
    """Not an Exception: nothing may catch it."""


def nothing(desk: Desk) -> None:
    """No model is there yet."""


def an_older_revision(desk: Desk) -> None:
    pull_one(desk)
    desk.hub.commit = NEWER
    (config,) = {"config.json", "config.yaml"} & set(desk.hub.files)
    desk.hub.files[config] += b"\n"


def damaged_weights(desk: Desk) -> None:
    pull_one(desk)
    (desk.place("small").final / WEIGHTS).write_bytes(b"no weights")


def pull_one(desk: Desk) -> None:
    pull(
        parse_name("small"),
        desk.store,
        revision=None,
        environment={},
        progress=lambda done, total: None,
    )


def pulled_until(desk: Desk, last: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Returns whether it ended before the power did."""
    moments = itertools.count(1)

    def fused(step: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            if next(moments) == last:
                raise PowerCut
            return step(*args, **options)

        return wrapped

    with monkeypatch.context() as patch:
        for name in STEPS:
            patch.setattr(os, name, fused(getattr(os, name)))
        try:
            pull_one(desk)
        except PowerCut:
            return False
    return True


def usable(folder: Path | None) -> bool:
    return folder is not None and not check.thorough(folder, lambda _: None)


@pytest.mark.parametrize(
    "before",
    [
        nothing,
        pytest.param(an_older_revision, marks=pytest.mark.chaos),
        pytest.param(damaged_weights, marks=pytest.mark.chaos),
    ],
)
def test_whatever_step_the_power_fails_at(
    tmp_path: Path, desk: Desk, before: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hub.files[WEIGHTS] = bytes(100_000)

    cut_everywhere(tmp_path, desk, before, monkeypatch)


def test_whatever_step_the_power_fails_at_in_the_folders_of_a_pipeline(
    tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hub.files = pipeline_files()

    cut_everywhere(tmp_path, desk, an_older_revision, monkeypatch)


def cut_everywhere(
    tmp_path: Path, desk: Desk, before: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, commit = desk.hub.files, desk.hub.commit
    for last in itertools.count(1):
        desk.hub.files, desk.hub.commit = dict(files), commit
        desk.store = tmp_path / str(last) / "models"
        before(desk)
        ended = pulled_until(desk, last, monkeypatch)

        found = find(desk.store, "small")
        assert usable(found) or (found is None) is (before is nothing), last
        if before is an_older_revision:
            assert usable(found), last
        pull_one(desk)
        assert usable(desk.place("small").final), last
        rest = {path.name for path in desk.store.iterdir()}
        assert rest == {"small", ".small.lock"}, last
        if ended:
            assert last > 10
            return
