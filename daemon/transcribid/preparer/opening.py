# pyright: reportUnknownMemberType=false
"""Opens a file so that FFmpeg reads all of its audio, or refuses it with the reason."""

import os
from typing import Any, BinaryIO

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer

from transcribid.domain.job import Failure, FailureKind
from transcribid.preparer.media import CODECS, FORMATS, is_recording
from transcribid.preparer.pieces import Pieces
from transcribid.preparer.sizes import after_tags, bytes_behind, missing_bytes
from transcribid.preparer.wav import layout, one_chunk
from transcribid.protocol.errors import Refused


def whole(file: BinaryIO) -> tuple[Pieces, str]:
    """A view of the file with all of its audio, and a sentence about what is missing."""
    if found := layout(file):
        lack = _short_of(found.missing)
        if found.other:
            lack = f"{found.other} bytes after the audio are audio in another format."
        return (one_chunk(file, found) if found.lying else _untagged(file)), lack
    lack = _short_of(missing_bytes(file))
    if behind := bytes_behind(file):
        lack = f"{behind} bytes after the audio are another recording."
    return _untagged(file), lack


def _untagged(file: BinaryIO) -> Pieces:
    """Without leading ID3 tags: FFmpeg would keep them in memory, and compare them all."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(10)
    start = after_tags(file, head) if head[:3] == b"ID3" else 0
    file.seek(0)
    return Pieces(file, b"", [range(start if start < size else 0, size)])


def _short_of(missing: int) -> str:
    return f"According to its header, {missing} bytes are missing." if missing else ""


def open_container(file: Pieces, head: bytes) -> InputContainer:
    options = {"format_whitelist": FORMATS, "codec_whitelist": CODECS, "protocol_whitelist": ""}
    # av 19 dropped the argument and always ignores broken tags
    tolerant: dict[str, Any] = {} if _major() >= 19 else {"metadata_errors": "ignore"}
    try:
        return av.open(file, mode="r", options=options, **tolerant)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise Refused(_unreadable(head, detail)) from error


def audio_streams(container: InputContainer) -> tuple[AudioStream, ...]:
    if not container.streams.audio:
        found = ", ".join(stream.type for stream in container.streams) or "nothing"
        message = f"It has no audio stream (a {container.format.name} file with: {found})."
        raise Refused(Failure(FailureKind.BAD_INPUT, message, "Choose a file with audio."))
    return container.streams.audio


def _unreadable(head: bytes, detail: str) -> Failure:
    if is_recording(head):
        message = "It starts like a recording, but its end is missing or damaged."
        return Failure(FailureKind.INCOMPLETE, message, AGAIN, detail)
    message = "It is not a recording in a supported format."
    return Failure(FailureKind.BAD_INPUT, message, CONVERT, detail)


def _major() -> int:
    return int(av.__version__.partition(".")[0])


AGAIN = "Copy the recording again; the transfer may be incomplete."
CONVERT = "Convert it to a common format, for example with `ffmpeg -i FILE NEW.flac`."
