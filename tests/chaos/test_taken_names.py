"""A name that is taken, or nearly too long, costs nobody his file."""

from pathlib import Path

import pytest

from support.campaign import Campaign
from support.clips import clip
from support.daemon import House

pytestmark = pytest.mark.chaos

_HASTY = {"quiet": "100ms"}
_LONGEST_PASS = 30.0  # seconds


@pytest.mark.parametrize("name", ["x" * 251 + ".wav", "ü" * 125 + ".wav", "a." + "b" * 253])
def test_the_longest_name_gives_way_to_a_taken_one(name: str, tmp_path: Path) -> None:
    with House(tmp_path, watch=_HASTY) as house:
        house.longest_pass = _LONGEST_PASS
        campaign = Campaign(house)
        campaign.occupy(house.archive / name)
        campaign.drop(name, clip())

        campaign.dies_at(0)

        assert not campaign.broken


def test_a_report_does_not_replace_a_file_of_its_name(tmp_path: Path) -> None:
    with House(tmp_path, watch=_HASTY | {"only": ["*.mp3", "*.txt"]}) as house:
        house.drop("talk.mp3.report.txt", b"notes that somebody took for a recording")
        house.once()
        house.drop("talk.mp3", b"no recording")

        house.once()

        contents = [path.read_bytes() for path in house.quarantine.iterdir()]
        assert b"notes that somebody took for a recording" in contents


def test_a_new_version_with_more_formats_replaces_only_its_own_outputs(tmp_path: Path) -> None:
    with House(tmp_path, watch=_HASTY, outputs={"formats": ["txt"]}) as house:
        campaign = Campaign(house)
        campaign.drop("talk.wav", clip())
        campaign.dies_at(0)
        campaign.occupy(house.outbox / "talk.srt")
        house.configure(outputs={"formats": ["txt", "srt"]})
        campaign.drop("talk.wav", clip())

        campaign.dies_at(0)

        assert not campaign.broken


def test_two_long_names_have_two_reports(tmp_path: Path) -> None:
    with House(tmp_path, watch=_HASTY) as house:
        for end in ("one", "two"):
            house.drop("x" * 248 + f"{end}.mp3", b"no recording, number " + end.encode())

        house.once()

        assert len(list(house.quarantine.glob("*.report.txt"))) == 2
