"""Which names are recordings, and why others are not."""

import pytest

from transcribid.domain.ignore import OURS, Ignore
from transcribid.domain.leftovers import leftover
from transcribid.domain.suffixes import MEDIA, NO_MEDIA

LEFT = {
    "unfinished transfer": """
        talk.mp3.part TALK.MP3.PART talk.mp4.part-Frag12 talk.mp3.partial talk.mp3.filepart
        talk.tmp talk.mp3.writing talk.mp3.upload talk.mp3.inprogress talk.mp3.uploading
        talk.mp3.!sync
    """,
    "Chrome": "talk.mp3.crdownload talk.mp3.unconfirmed",
    "yt-dlp": "talk.mp4.ytdl",
    "aria2": "talk.mp3.aria2",
    "Resilio": "talk.mp3.bts",
    "GoodSync": "talk.mp3._.gstmp _gsdata_",
    "DownThemAll": "talk.mp3.dtapart",
    "Free Download Manager": "talk.mp3.fdmdownload",
    "BitComet": "talk.mp3.bc!",
    "Thunder": "talk.mp3.td talk.mp3.xltd talk.mp3.td.cfg",
    "Baidu": "talk.mp3.bdownload",
    "uTorrent": "talk.!ut",
    "eMule": "001.part.met",
    "Office": "~$talk.docx",
    "Syncthing": ".syncthing.talk.mp3.tmp ~syncthing~talk.mp3.tmp .stversions",
    "Google Drive": "tmp.driveupload",
    "Finder": "talk.m4a.sb-1a2b3c4d-XyZw12",
    "recycle bin of Windows": "$RECYCLE.BIN $Recycle.Bin RECYCLER",
    "recycle bin of Synology": "#recycle",
    "recycle bin of QNAP": "@Recycle",
    "recycle bin of macOS": ".Trashes",
    "recycle bin of Linux": ".Trash-1000",
    "Synology": "@eaDir @tmp talk.mp3@SynoEAStream",
    "Windows": "Thumbs.db THUMBS.DB ehthumbs.db talk.mp3:Zone.Identifier",
    "macOS": "._talk.mp3 .DS_Store __MACOSX Photos.photoslibrary",
    "snapshots": "#snapshot ~snapshot @GMT-2026.01.01-00.00.00",
    "file system": "lost+found .nfs0001",
    "iCloud": ".talk.m4a.icloud",
    "Nextcloud": "talk.mp3.nextcloud files_trashbin",
    "editor": "talk.swp talk.mp3~ #talk.txt#",
    "backup": "talk.mp3.bak",
    "lock": "talk.mp3.lock",
    "hidden": ".hidden .talk.mp3.Xa81bc",
}
SPACED = {
    "Windows": "System Volume Information",
    "recycle bin of macOS": "Network Trash Folder",
    "macOS": "Temporary Items",
}
NO_RECORDINGS = """
    film.srt film.nfo film.jpg film.png film.url film.txt film.pdf film.json FILM.SRT
    film.en.vtt film.zip film.r00 film.exe film.sha256 film.xmp film.torrent film.m3u8 README
    film.csv film.tsv film.rttm film.sub film.docx film.db film.cue film.mid
"""
TAKEN = """
    talk.mp3 -rf.wav part.flac tmp talk talk.dat talk.ts talk.bin talk.MP4 example.com lock
    bak Plan.B snapshot recycle @talk.wav #1.wav talk.001 talk.2026 talk.mod
"""


@pytest.mark.parametrize(
    ("maker", "name"),
    [
        *((maker, name) for maker, names in LEFT.items() for name in names.split()),
        *SPACED.items(),
        ("macOS", "Icon\r"),
    ],
)
def test_what_programs_leave_is_left_alone_and_they_are_named(maker: str, name: str) -> None:
    assert maker in (Ignore().file(name) or "")
    assert maker in (Ignore().folder(name) or "")


@pytest.mark.parametrize("name", NO_RECORDINGS.split())
def test_names_that_are_no_medias_are_left_alone_with_a_reason(name: str) -> None:
    assert Ignore().file(name)
    assert leftover(name) is None


@pytest.mark.parametrize(
    "name", [*TAKEN.split(), "a\nb.ogg", "Meeting 12.30", "Icons", "talk."]
)
def test_every_other_name_is_taken(name: str) -> None:
    assert Ignore().file(name) is None


def test_a_folder_may_be_called_like_a_text_or_a_picture() -> None:
    assert Ignore().path("notes.txt/album.zip/talk.mp3") is None
    assert Ignore().path("talk.mp3/notes.txt")
    assert "recycle bin" in (Ignore().path("share/$RECYCLE.BIN/$R1.mp3") or "")


@pytest.mark.parametrize("name", ["talk.mp3.yaml", ".transcribid.yaml", "talk.yml"])
def test_options_are_no_recordings_whatever_is_taken(name: str) -> None:
    for ignore in (Ignore(), Ignore(only=["*"])):
        assert "options" in (ignore.file(name) or "")


@pytest.mark.parametrize("name", [".transcribid", ".transcribid-7.part", ".transcribid.probe"])
def test_what_is_ours_is_passed_over_in_silence(name: str) -> None:
    assert Ignore().file(name) is OURS
    assert Ignore().folder(name) is OURS


def test_only_takes_what_it_names_in_place_of_the_list() -> None:
    ignore = Ignore(only=["*.mp3", "*.txt"])

    assert ignore.file("talk.MP3") is None
    assert ignore.file("talk.txt") is None
    assert "watch.only" in (ignore.file("talk.wav") or "")
    assert "unfinished" in (Ignore(only=["*"]).file("talk.mp3.part") or "")
    assert ignore.folder("talks") is None


def test_what_the_configuration_ignores_is_left_alone_whatever_else_it_says() -> None:
    ignore = Ignore(["*.aside", "old"], only=["*"])

    assert "watch.ignore" in (ignore.file("talk.aside") or "")
    assert "watch.ignore" in (ignore.path("old/talk.mp3") or "")


def test_no_suffix_is_of_two_minds() -> None:
    assert not MEDIA & set(NO_MEDIA)
    assert not [suffix for suffix in MEDIA if leftover(f"talk.{suffix}")]
