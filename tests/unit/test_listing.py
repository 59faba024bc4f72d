"""What one look at the inbox finds, and what it says of the rest."""

from pathlib import Path

from transcribid.domain.ignore import Ignore
from transcribid.inbox.listing import look


def found(inbox: Path) -> list[str]:
    return sorted(entry.source.name for entry in look(inbox, Ignore()).entries)


def test_a_folder_is_looked_into_whatever_a_file_of_its_name_were(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").mkdir()
    (tmp_path / "notes.txt/talk.mp3").touch()
    (tmp_path / "$RECYCLE.BIN").mkdir()
    (tmp_path / "$RECYCLE.BIN/$R1.mp3").touch()

    assert found(tmp_path) == ["notes.txt/talk.mp3"]
    assert "Windows" in look(tmp_path, Ignore()).skipped["$RECYCLE.BIN"]


def test_what_aria2_still_loads_is_left_alone_until_its_control_file_goes(
    tmp_path: Path,
) -> None:
    for name in ("talk.mp3", "talk.mp3.aria2", "other.mp3"):
        (tmp_path / name).touch()

    assert found(tmp_path) == ["other.mp3"]
    assert "aria2" in look(tmp_path, Ignore()).skipped["talk.mp3"]
    (tmp_path / "talk.mp3.aria2").unlink()
    assert found(tmp_path) == ["other.mp3", "talk.mp3"]
