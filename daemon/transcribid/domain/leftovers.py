"""Files and folders that programs and storage systems create for themselves."""

import fnmatch
import re
from collections.abc import Mapping

from transcribid.domain.suffixes import suffix_of


def _words(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_UNFINISHED = {
    "some program's": """
        *.part *.partial *.part-frag* *.filepart *.download *.downloading *.incomplete
        *.unfinished *.tmp *.temp *.writing *.upload *.uploading *.inprogress
    """,
    "Chrome's": "*.crdownload *.unconfirmed",
    "Opera's": "*.opdownload",
    "yt-dlp's": "*.ytdl",
    "aria2's": "*.aria2",
    "uTorrent's": "*.!ut",
    "qBittorrent's": "*.!qb",
    "BitComet's": "*.bc!",
    "Vuze's": "*.az!",
    "eMule's": "*.part.met",
    "FlashGet's": "*.jc! *.fb! *.cfg!",
    "Orbit's": "*.ob!",
    "Thunder's": "*.td *.td.cfg *.xltd *.xltd.cfg",
    "Baidu's": "*.bdownload",
    "Free Download Manager's": "*.fdmdownload",
    "DownThemAll's": "*.dtapart",
    "DC++'s": "*.dctmp *.antifrag",
    "lftp's": "*.lftp-pget-status",
    "Resilio's": "*.!sync *.bts",
    "Syncthing's": "~syncthing~*.tmp .syncthing.*.tmp",
    "GoodSync's": "*.gstmp",
    "FreeFileSync's": "*.ffs_tmp",
    "Google Drive's": "tmp.driveupload tmp.drivedownload",
    "OneDrive's": "onedrivetemp",
    "Finder's": "*.sb-????????-??????",
    "Office's": "~$*",
}
_BINS = {
    "Windows": "$recycle.bin recycler recycled",
    "Synology": "#recycle",
    "QNAP": "@recycle",
    "macOS": "network?trash?folder .trashes",
    "Linux": ".trash .trash-[0-9]*",
    "Samba": ".recycle",
    "Nextcloud": "files_trashbin",
}
_OWN = {
    "Windows": """
        thumbs.db thumbs.db:* ehthumbs.db ehthumbs_vista.db desktop.ini *zone.identifier
        system?volume?information found.[0-9][0-9][0-9]
    """,
    "macOS": """
        __macosx temporary?items thevolumesettingsfolder .ds_store ._* .appledouble
        *.sparsebundle *.photoslibrary *.app
    """,
    "Synology": "@eadir @tmp @sharebin *@synoeastream *@synoresource",
    "QNAP": "@recently-snapshot",
    "the file system": "lost+found .nfs*",
    "a file server's snapshots": "#snapshot ~snapshot .snapshot .snapshots .zfs @gmt-*",
    "GoodSync": "_gsdata_",
    "FreeFileSync": "*.ffs_db *.ffs_lock",
    "Resilio": ".sync *.rsls *.rslsc",
    "Syncthing": ".stfolder .stversions",
    "Nextcloud": "files_versions *.nextcloud *.owncloud",
    "Dropbox": ".dropbox .dropbox.cache",
    "iCloud": "*.icloud",
}
_HIDDEN = "it is hidden, like unfinished transfers of rsync and others"
_EDITORS = "*.swp *.swo *.swn *.swx *~ #*.*#"

_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    *(
        (f"it is {whose} unfinished transfer", _words(names))
        for whose, names in _UNFINISHED.items()
    ),
    *((f"it is the recycle bin of {whose}", _words(names)) for whose, names in _BINS.items()),
    *((f"it belongs to {whose}", _words(names)) for whose, names in _OWN.items()),
    ("it belongs to macOS", ("icon\r",)),
    ("it is an editor's temporary file (vim, Emacs)", _words(_EDITORS)),
    ("it is a backup copy", ("*.bak",)),
    ("it is a lock file", ("*.lock",)),
    (_HIDDEN, (".*",)),
)
_GLOB = frozenset("*?[")


def leftover(name: str) -> str | None:
    """Which program's file or folder this name belongs to, as a reason, or None."""
    folded = name.casefold()
    named = _NAMES.get(folded) or _SUFFIXES.get(suffix_of(folded))
    if not _ANY.match(folded):
        return named
    found = next(reason for pattern, reason in _REST if pattern.match(folded))
    return named if named and found == _HIDDEN else found


def _is_plain(pattern: str) -> bool:
    return not _GLOB & set(pattern)


def _suffix(pattern: str) -> str | None:
    """The suffix a pattern matches, or None; listings are long, so these are looked up."""
    start, _, suffix = pattern.rpartition(".")
    return suffix if start == "*" and _is_plain(suffix) else None


_REASONS: Mapping[str, str] = {name: reason for reason, names in _RULES for name in names}
_NAMES = {name: reason for name, reason in _REASONS.items() if _is_plain(name)}
_SUFFIXES = {suffix: why for name, why in _REASONS.items() if (suffix := _suffix(name))}
_REST = [
    (re.compile(fnmatch.translate(name)), reason)
    for name, reason in _REASONS.items()
    if not _is_plain(name) and not _suffix(name)
]
_ANY = re.compile("|".join(pattern.pattern for pattern, _ in _REST))
