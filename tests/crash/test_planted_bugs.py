"""The power-cut test can fail: each bug that is planted on purpose is found."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.bugs import PLANTS
from support.outages import (
    Scenario,
    a_bad_recording,
    a_good_recording,
    a_new_version,
    cuts,
    names_that_are_taken,
)

# The others harm only where processes are killed or folders come and go, or would never end.
FOUND_BY: Mapping[str, Scenario] = {
    "files not synced": a_good_recording,
    "folders not synced": a_good_recording,
    "marker first": a_good_recording,
    "outputs written in place": a_good_recording,
    "names overwritten": names_that_are_taken,
    "archive before outputs": a_good_recording,
    "done before it is delivered": a_good_recording,
    "delivering taken for delivered": a_good_recording,
    "report after the file": a_bad_recording,
    "only the marker replaced": a_new_version,
    "source written anew": a_good_recording,
}


@pytest.mark.parametrize("bug", FOUND_BY)
def test_a_planted_bug_is_found(
    bug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PLANTS[bug](monkeypatch.setattr)

    assert any(cuts(tmp_path, FOUND_BY[bug])), "nobody noticed"
