"""The daemon dies before and after every step that a disk would remember, one run for each.

STEP=1 takes every moment (more than an hour); by default it is every 12th, and not the same
ones in each scenario.
"""

import os
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import pytest

from support.campaign import Campaign
from support.clips import clip
from support.daemon import House
from support.tell import Tell

pytestmark = pytest.mark.chaos

_HASTY = {"quiet": "100ms"}
_STEP = int(os.environ.get("STEP", "12"))


def _a_good_file(campaign: Campaign, moment: int) -> None:
    campaign.drop(f"{moment}.wav", clip())


def _a_bad_file(campaign: Campaign, moment: int) -> None:
    campaign.drop(f"{moment}.mp3", b"no recording, number %d" % moment, good=False)


def _two_files_of_one_stem(campaign: Campaign, moment: int) -> None:
    campaign.drop(f"talks/{moment}.wav", clip())
    campaign.drop(f"talks/{moment}.mp3", clip())


def _a_new_version(campaign: Campaign, moment: int) -> None:
    campaign.drop("talk.wav", clip())


def _names_that_are_taken(campaign: Campaign, moment: int) -> None:
    campaign.occupy(campaign.house.outbox / f"{moment}.srt")
    campaign.occupy(campaign.house.archive / f"{moment}.wav")
    campaign.drop(f"{moment}.wav", clip())


Arrival = Callable[[Campaign, int], None]
_ARRIVALS: Mapping[str, Arrival] = {
    "good": _a_good_file,
    "bad": _a_bad_file,
    "stem": _two_files_of_one_stem,
    "version": _a_new_version,
    "taken": _names_that_are_taken,
}


@pytest.mark.parametrize("arrival", _ARRIVALS)
def test_a_kill_at_any_moment_loses_nothing_and_doubles_nothing(
    arrival: str, tmp_path: Path, tell: Tell
) -> None:
    with House(tmp_path, watch=_HASTY) as house:
        _every_moment(Campaign(house), arrival, tell)


@pytest.mark.parametrize("arrival", ["good", "bad", "version"])
def test_a_kill_between_two_file_systems_leaves_one_whole_recording(
    arrival: str, tmp_path: Path, elsewhere: Path, tell: Tell
) -> None:
    folders = {name: str(elsewhere / name) for name in ("archive", "quarantine")}

    with House(tmp_path, watch=_HASTY, folders=folders) as house:
        _every_moment(Campaign(house), arrival, tell)


def test_a_kill_while_speakers_are_looked_for_loses_no_words(
    tmp_path: Path, tell: Tell
) -> None:
    with House(tmp_path, watch=_HASTY, diarization={"enabled": True}) as house:
        _every_moment(Campaign(house), "good", tell)


def test_a_kill_during_the_first_start_is_forgotten(tmp_path: Path, tell: Tell) -> None:
    for moment in count(1, _STEP):
        with House(tmp_path / str(moment), watch=_HASTY) as house:
            campaign = Campaign(house)
            _a_good_file(campaign, moment)

            died = campaign.dies_at(moment)

            assert not campaign.broken, f"at moment {moment}"
        if not died:
            tell(f"{moment // _STEP} kills")
            return


def _every_moment(campaign: Campaign, arrival: str, tell: Tell) -> None:
    assert campaign.house.once() == 0  # the first start has a test of its own
    for moment in count(1 + 5 * list(_ARRIVALS).index(arrival) % _STEP, _STEP):
        _ARRIVALS[arrival](campaign, moment)

        died = campaign.dies_at(moment)

        assert not campaign.broken, f"at moment {moment}"
        if not died:
            tell(f"{campaign.kills} kills, {len(campaign.drops)} files")
            return
