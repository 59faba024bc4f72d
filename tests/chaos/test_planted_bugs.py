"""The checker can fail: each deliberate bug is planted into the real daemon and is found."""

import shutil
from pathlib import Path

import pytest

from support.campaign import Campaign
from support.clips import clip
from support.daemon import House, wait_until
from support.tell import Tell

pytestmark = pytest.mark.chaos

_HASTY = {"quiet": "100ms"}
_HUNG = 20.0  # seconds; a daemon with a bug may never end


@pytest.mark.parametrize(
    "bug",
    [
        "archive before outputs",
        "outputs written in place",
        "marker first",
        "delivering forgotten",
        "transcript only in memory",
    ],
)
def test_a_bug_that_a_kill_reveals_is_found(bug: str, tmp_path: Path, tell: Tell) -> None:
    with House(tmp_path, watch=_HASTY) as house:
        _kill_until_found(Campaign(house, bug), tell)


def test_a_source_removed_too_early_is_found(
    tmp_path: Path, elsewhere: Path, tell: Tell
) -> None:
    folders = {"archive": str(elsewhere)}
    with House(tmp_path, folders, watch=_HASTY) as house:
        _kill_until_found(Campaign(house, "source removed before its copy is named"), tell)


def test_an_archived_name_taken_twice_is_found(tmp_path: Path) -> None:
    with House(tmp_path, watch=_HASTY) as house:
        campaign = Campaign(house, "names overwritten")
        campaign.occupy(house.archive / "talk.wav")

        _serve(campaign, "talk.wav")

        assert campaign.broken


def test_a_delivery_that_failed_in_secret_is_found(tmp_path: Path) -> None:
    with House(tmp_path, watch=_HASTY) as house:
        campaign = Campaign(house, "done though undelivered")
        campaign.occupy(house.outbox / "talks")

        _serve(campaign, "talks/talk.wav")

        assert campaign.broken


def test_a_missing_report_is_found(tmp_path: Path) -> None:
    with House(tmp_path, watch=_HASTY) as house:
        campaign = Campaign(house, "report after the file")
        campaign.drop("talk.mp3", b"no recording", good=False)

        campaign.dies_at(0)

        assert campaign.broken


def test_litter_is_found(tmp_path: Path) -> None:
    with House(tmp_path, watch=_HASTY) as house:
        campaign = Campaign(house, "copies left behind")

        _serve(campaign, "talk.wav")

        assert campaign.broken


def test_the_transcript_of_a_beginning_is_found(tmp_path: Path) -> None:
    """The sound is whole, and yet the file is not: its writer is still there."""
    with House(tmp_path, watch=_HASTY) as house:
        campaign, recording = Campaign(house, "taken at once"), clip(tail=50_000)
        house.start("0", "--bug", "taken at once")
        with (house.inbox / "talk.wav").open("wb", buffering=0) as writer:
            writer.write(recording[:-50_000])
            wait_until(lambda: bool(house.events("job.done")), 60)
            writer.write(recording[-50_000:])
        campaign.expect("talk.wav", recording)

        campaign.look(final=True)

        assert campaign.broken


def test_outputs_beneath_a_mount_point_are_found(tmp_path: Path) -> None:
    with House(tmp_path, watch=_HASTY) as house:
        campaign = Campaign(house, "unmounted folders trusted")
        campaign.dies_at(0)
        share = house.outbox.rename(tmp_path / "share")
        house.outbox.mkdir()

        _serve(campaign, "talk.wav")
        shutil.rmtree(house.outbox)
        share.rename(house.outbox)
        campaign.look(final=True)

        assert campaign.broken


def _serve(campaign: Campaign, name: str) -> None:
    campaign.house.longest_pass = _HUNG
    campaign.drop(name, clip())
    campaign.dies_at(0)


def _kill_until_found(campaign: Campaign, tell: Tell) -> None:
    """Backwards, for it is the end of a job that matters most; first in long steps."""
    _serve(campaign, "0.wav")
    assert not campaign.broken, "it needs a kill to be seen"
    last = campaign.moments()
    for moment in (*range(last, 0, -4), *range(last - 2, 0, -4)):
        campaign.drop(f"{moment}.wav", clip())
        campaign.dies_at(moment)
        if campaign.broken:
            tell(f"{campaign.kills} kills: {campaign.broken[0]}")
            return
    pytest.fail(f"not found by {campaign.kills} kills")
