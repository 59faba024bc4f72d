"""File name suffixes: which are media, and which certainly are not."""

from collections.abc import Mapping

_SOUND = """
    3ga 8svx aa aa3 aac aax ac3 adts aif aifc aiff alac alaw amr ape at3 au audio awb bw64 bwf
    caf dff ds2 dsf dss dts dtshd eac3 ec3 f4a f4b flac g722 g726 gsm ircam latm loas m2a m4a
    m4b m4p m4r mka mlp mogg mp1 mp2 mp3 mpa mpc mpga nist ofr oga ogg oma opus pcm qcp ra
    rf64 sd2 sln snd sph spx tak thd tta ulaw voc vox w64 wav wave weba wma wv wve xa
"""
_FILM = """
    264 265 3g2 3gp 3gpp amv asf avi bik divx dv dvr-ms f4p f4v flv gxf h264 insv ivf lrf lrv
    m1v m2p m2t m2ts m2v m4v mjpeg mjpg mkv mod mov mp4 mpe mpeg mpg mpv mts mxf nsv nut ogm
    ogv ogx qt rec rm rmvb rv tod trp ts vob webm wmv wtv
"""
MEDIA = frozenset((*_SOUND.split(), *_FILM.split()))

_KINDS = {
    "a text file": """
        asc csv diz htm html json jsonl log markdown md nfo rst tex text tsv txt xhtml xml
    """,
    "subtitles or a transcript": """
        ass cha ctm dfxp eaf idx itt lrc mks mpl2 pjs rttm sami sbv scc smi srt ssa stl stm
        sub sup textgrid trs ttml usf vtt
    """,
    "a picture": """
        ai arw avif bmp cr2 cr3 dng emf eps gif heic heif hif ico indd jfif jpe jpeg jpg jxl
        jxr kra nef orf pcx png pnm ppm psb psd raf rw2 svg svgz tga thm tif tiff webp wmf xcf
    """,
    "a document": """
        azw azw3 cbr cbz chm djvu doc docm docx dot dotx eml epub fb2 key mbox mhtml mobi msg
        mxl musicxml numbers odf odg odp ods odt one oxps pages pdf pot potx pps ppsx ppt pptm
        pptx ps pub rtf vcf vsd vsdx wpd wps xls xlsb xlsm xlsx xps
    """,
    "an archive or a disk image": """
        7z ace age arj bz2 cab cpio dmg gpg gz img iso jar lha lz lz4 lzh lzma nrg pgp qcow2
        rar tar tbz tbz2 tgz txz vdi vhd vhdx vmdk wim xz zip zipx zst
    """,
    "a program": """
        apk appimage bash bat cmd css deb dll elf exe flatpak ipa ipynb js jsx lua msi msix
        php pkg ps1 py pyc rpm sh snap so sql swf vbs wasm xpi
    """,
    "metadata of other files": """
        accurip cfg conf crc db ffp ini md5 nzb opf pad par par2 plist sfv sha1 sha256 sha512
        sig sqlite sqlite3 torrent xmp
    """,
    "a link": "desktop gdoc gsheet gslides lnk url webloc website",
    "a playlist": "asx cue m3u m3u8 pls ram wpl xspf zpl",
    "MIDI or sheet music": "kar mid midi mscz",
    "a font": "eot otf ttc ttf woff woff2",
    "an editor's project or cache": """
        als asd aup aup3 aup3-shm aup3-wal cfa cpr cpj flp kdenlive logicx mlt npr omf osp pek
        pkf prproj ptx reapeaks rpp rpp-bak sesx sfk sfap0 veg vegas wfm
    """,
}
NO_MEDIA: Mapping[str, str] = {
    suffix: f"by its name it is {kind}"
    for kind, suffixes in _KINDS.items()
    for suffix in suffixes.split()
}
"""Maps a suffix to the reason why such a file is not taken."""


def suffix_of(name: str) -> str:
    """What follows the last dot, in lower case; empty where the name starts with it.

    >>> suffix_of("Talk.MP3"), suffix_of(".mp3"), suffix_of("talk")
    ('mp3', '', '')
    """
    stem, _, suffix = name.rpartition(".")
    return suffix.casefold() if stem.strip(".") else ""


def without_media_suffix(name: str) -> str:
    """The stem for names of outputs.

    >>> without_media_suffix("talk.mp3"), without_media_suffix("Meeting 12.30")
    ('talk', 'Meeting 12.30')
    """
    return name.rpartition(".")[0] if suffix_of(name) in MEDIA else name
