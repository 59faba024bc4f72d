"""Clips of known speakers: embedded once, named by their files, kept on disk. Without torch."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from transcribid.diarizer.clustering import BlockTurns, Voice
from transcribid.diarizer.voice_cache import VoiceCache
from transcribid.diarizer.voices import Voices
from transcribid.domain.transcript import Turn

ADA, BOB, EVE = (np.eye(8)[number] for number in range(3))
TOLD = BlockTurns(
    (Turn(0.0, 1.0, "SPEAKER_00"), Turn(1.0, 2.0, "SPEAKER_01")),
    {"SPEAKER_00": ADA, "SPEAKER_01": BOB},
)


@dataclass(eq=False)
class Listener:
    """A clip of it holds a number: which of eight people speaks."""

    embedded: list[str] = field(default_factory=list[str])
    before: Callable[[Path], None] = lambda _: None  # it is embedded

    def __call__(self, clip: Path, keep_alive: Callable[[], None]) -> Voice:
        self.before(clip)
        self.embedded.append(clip.name)
        keep_alive()
        return np.eye(8)[int(clip.read_text())]


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "state" / "voices"


def names(clips: Path, listener: Listener, kept: VoiceCache) -> list[str]:
    voices = Voices(clips, listener, kept)
    return [turn.speaker for turn in voices.named(TOLD, lambda: None)]


def test_a_speaker_gets_the_name_of_the_clip_that_sounds_alike(clips: Path) -> None:
    (clips / "Bob.wav").write_text("1")
    (clips / "Eve.wav").write_text("2")

    assert names(clips, Listener(), VoiceCache(None, "us")) == ["SPEAKER_00", "Bob"]


def test_each_clip_that_is_embedded_gives_signs_of_life(clips: Path) -> None:
    signs: list[str] = []
    for number in range(3):
        (clips / f"{number}.wav").write_text(f"{number}")

    Voices(clips, Listener(), VoiceCache(None, "us")).named(TOLD, lambda: signs.append("alive"))

    assert len(signs) == 3


def test_a_new_process_embeds_no_clip_again(clips: Path, cache: Path) -> None:
    (clips / "Ada.wav").write_text("0")
    names(clips, Listener(), VoiceCache(cache, "us"))
    second = Listener()

    (clips / "Ada.wav").rename(clips / "Ada Lovelace.wav")

    assert names(clips, second, VoiceCache(cache, "us")) == ["Ada Lovelace", "SPEAKER_01"]
    assert second.embedded == []


def test_what_another_pipeline_embedded_does_not_count(clips: Path, cache: Path) -> None:
    (clips / "Ada.wav").write_text("0")
    names(clips, Listener(), VoiceCache(cache, "an older one"))
    second = Listener()

    names(clips, second, VoiceCache(cache, "us"))

    assert second.embedded == ["Ada.wav"]


def flipped(whole: bytes) -> bytes:
    return whole[:-1] + bytes([whole[-1] ^ 1])


def cut(whole: bytes) -> bytes:
    return whole[:-8]  # one number


def emptied(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("damage", [flipped, cut, emptied])
def test_a_damaged_vector_is_computed_again(
    clips: Path, cache: Path, damage: Callable[[bytes], bytes]
) -> None:
    (clips / "Ada.wav").write_text("0")
    names(clips, Listener(), VoiceCache(cache, "us"))
    (kept,) = cache.iterdir()
    kept.write_bytes(damage(whole := kept.read_bytes()))
    second = Listener()

    assert names(clips, second, VoiceCache(cache, "us")) == ["Ada", "SPEAKER_01"]
    assert second.embedded == ["Ada.wav"]
    assert kept.read_bytes() == whole


def test_a_disk_that_refuses_costs_no_name(clips: Path, tmp_path: Path) -> None:
    (clips / "Ada.wav").write_text("0")
    (tmp_path / "file").touch()

    assert names(clips, Listener(), VoiceCache(tmp_path / "file", "us")) == [
        "Ada",
        "SPEAKER_01",
    ]


def test_nobodys_voice_is_kept_whose_clip_was_removed(clips: Path, cache: Path) -> None:
    (clips / "Ada.wav").write_text("0")
    (clips / "Bob.wav").write_text("1")
    names(clips, Listener(), VoiceCache(cache, "us"))
    (clips / "Bob.wav").unlink()

    names(clips, Listener(), VoiceCache(cache, "us"))

    assert len(list(cache.iterdir())) == 1


def test_a_clip_that_changed_is_embedded_again(clips: Path, cache: Path) -> None:
    (clips / "Ada.wav").write_text("0")
    listener = Listener()
    voices = Voices(clips, listener, VoiceCache(cache, "us"))
    voices.named(TOLD, lambda: None)

    (clips / "Ada.wav").write_text("01")

    assert [turn.speaker for turn in voices.named(TOLD, lambda: None)] == ["SPEAKER_00", "Ada"]
    assert listener.embedded == ["Ada.wav", "Ada.wav"]


def test_a_clip_that_was_removed_meanwhile_is_no_voice(
    clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clips / "Ada.wav").write_text("0")
    (clips / "Bob.wav").write_text("1")

    def gone(_: Path) -> None:
        (clips / "Bob.wav").unlink(missing_ok=True)

    assert names(clips, Listener(before=gone), VoiceCache(None, "us")) == ["Ada", "SPEAKER_01"]
    assert capsys.readouterr().err == ""


def test_a_name_that_is_not_utf8_is_shown_as_far_as_it_can_be(clips: Path) -> None:
    Path(os.fsdecode(os.fsencode(clips) + b"/Jos\xe9.wav")).write_text("0")

    assert names(clips, Listener(), VoiceCache(None, "us")) == [r"Jos\udce9", "SPEAKER_01"]


def test_a_name_stands_on_one_line(clips: Path) -> None:
    (clips / " Ada \n  King\u2028Lovelace.wav").write_text("0")

    assert names(clips, Listener(), VoiceCache(None, "us")) == [
        "Ada King Lovelace",
        "SPEAKER_01",
    ]


@pytest.mark.parametrize("other", ["Ada.mp3", "Ada.zzz"])
def test_all_clips_of_one_person_count_and_the_best_decides(clips: Path, other: str) -> None:
    (clips / "Ada.wav").write_text("0")
    (clips / other).write_text("5")

    assert names(clips, Listener(), VoiceCache(None, "us")) == ["Ada", "SPEAKER_01"]
