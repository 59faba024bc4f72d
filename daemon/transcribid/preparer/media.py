"""Supported media: FFmpeg would also open playlists, scripts, images and URLs."""

from av.audio.stream import AudioStream
from av.container import InputContainer

# FFmpeg's own names, as its options format_whitelist and codec_whitelist take them.
FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dss,dts,dtshd,eac3,flac,flv,gsm,loas,matroska,webm,"
    "mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,ogg,tak,tta,voc,w64,wav,wv"
)
CODECS = ",".join(
    (
        *("aac", "aac_latm", "ac3", "eac3", "alac", "ape", "flac", "tak", "tta", "wavpack"),
        *("mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float"),
        *("opus", "libopus", "vorbis", "speex", "nellymoser"),
        *("amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb"),
        *("gsm", "gsm_ms", "ilbc", "g723_1", "g729", "truespeech"),
        *("wmav1", "wmav2", "wmalossless", "wmapro", "wmavoice"),
        *(
            "dss_sp",
            "dca",
            "mlp",
            "truehd",
            "mpc7",
            "mpc8",
            "sipr",
            "cook",
            "real_144",
            "real_288",
        ),
        *("dsd_lsbf", "dsd_lsbf_planar", "dsd_msbf", "dsd_msbf_planar"),
        *("g722", "g726", "adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms"),
        *("adpcm_swf", "adpcm_yamaha"),
        *("pcm_alaw", "pcm_mulaw", "pcm_s8", "pcm_u8", "pcm_bluray", "pcm_dvd"),
        *("pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le"),
        *("pcm_f32be", "pcm_f32le", "pcm_f64be", "pcm_f64le"),
    )
)

# Magic bytes: offset and content. A file with such a head that does not open was truncated.
_HEADS = (
    *((0, b"RIFF"), (0, b"RF64"), (0, b"fLaC"), (0, b"OggS"), (0, b"ID3"), (4, b"ftyp")),
    *((0, b"\x1aE\xdf\xa3"), (0, b"FORM"), (0, b"caff"), (0, b".snd"), (0, b"#!AMR")),
    *((0, b"0&\xb2u\x8ef\xcf\x11"), (0, b"wvpk"), (0, b"MAC "), (4, b"moov"), (4, b"mdat")),
    *((0, b"\x02dss"), (0, b"\x03dss")),
)

BARE = frozenset(("aac", "ac3", "eac3", "mp3"))  # frames without a container around them

# Containers whose last block is padded with what FFmpeg calls invalid.
PADDED = frozenset(("dss",))

# Containers that state the duration of the audio instead of guessing it from a bit rate.
_EXACT = frozenset(("wav", "w64", "flac", "aiff", "caf", "au", "mov,mp4,m4a,3gp,3g2,mj2"))


def is_recording(head: bytes) -> bool:
    """Whether a file with these first bytes is a recording."""
    return any(head[at : at + len(mark)] == mark for at, mark in _HEADS)


def declares_duration(container: InputContainer, stream: AudioStream) -> bool:
    """Whether the declared duration is that of the audio, so that less means a cut file."""
    return container.format.name in _EXACT and stream.duration is not None
