"""Chooses one of several audio tracks to transcribe.

Films and recorders put several into one file: languages, a commentary, an audio description, a
microphone that was off. Commentary and description come last. Of the others, one in a requested
language goes before the file's default, and that before the first. If the first choice contains
no speech in its first minutes, the next one that does is used.

The choice depends on the file and the options alone, so a resumed recording keeps its track.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import BinaryIO

import numpy as np
from av.audio.stream import AudioStream
from av.stream import Disposition

from transcribid.domain.job import Failure, FailureKind
from transcribid.domain.language_tags import code_of
from transcribid.domain.options import Options
from transcribid.domain.transcript import Audio
from transcribid.preparer.decode import Recording, is_readable
from transcribid.preparer.listening import even
from transcribid.preparer.mono import Samples
from transcribid.preparer.speech import FRAME, SpeechDetector
from transcribid.preparer.timestamps import Jump
from transcribid.protocol.errors import Refused

_MOST = 8  # tracks that are searched for speech
_SEARCHED = 300.0  # seconds of each
_SPEECH = 16  # frames of speech that are more than noise: half a second
_BLOCK = 32 * FRAME  # samples
_ASIDE = (
    Disposition.comment
    | Disposition.visual_impaired
    | Disposition.descriptions
    | Disposition.lyrics
    | Disposition.karaoke
)
_ASIDE_TITLE = re.compile(r"\bcomment|\baudio.?descri|\bdescripti", re.IGNORECASE)


def chosen(
    file: BinaryIO, options: Options, max_duration: float, on_block: Callable[[], None]
) -> Recording:
    """The recording with the track to transcribe; `on_block` is called after each block.

    Raises Refused.
    """
    recording = Recording(file, max_duration, 1)
    many = len(recording.streams)
    if options.track:
        if options.track > many:
            raise Refused(_absent(options.track, many))
        return Recording(file, max_duration, options.track)
    if many == 1:
        return recording
    order = [number for number, _ in preferred(recording.streams, _languages(options))]
    first = next(_with_speech(file, order, options, on_block), order[0])
    return Recording(file, max_duration, first)


def compared(
    file: BinaryIO, options: Options, audio: Audio, on_block: Callable[[], None]
) -> Audio:
    """The same facts, and which other track contains speech, if any."""
    if audio.tracks == 1:
        return audio
    streams = Recording(file, _SEARCHED, audio.track).streams
    others = [
        number for number, _ in preferred(streams, _languages(options)) if number != audio.track
    ]
    spoken = next(_with_speech(file, others, options, on_block), None)
    return replace(audio, speech_in=spoken)


def preferred(
    streams: Sequence[AudioStream], languages: Sequence[str]
) -> list[tuple[int, AudioStream]]:
    """The tracks with their numbers, from 1; the preferred one comes first."""

    def rank(numbered: tuple[int, AudioStream]) -> tuple[bool, bool, int, bool, int]:
        number, stream = numbered
        language = code_of(stream.language)
        place = languages.index(language) if language in languages else len(languages)
        default = bool(stream.disposition & Disposition.default)
        return not is_readable(stream), _is_aside(stream), place, not default, number

    return sorted(enumerate(streams, 1), key=rank)


def _languages(options: Options) -> tuple[str, ...]:
    return (options.language,) if options.language else options.languages


def _is_aside(stream: AudioStream) -> bool:
    """Whether it is a commentary or a description."""
    titled = _ASIDE_TITLE.search(stream.metadata.get("title", ""))
    return bool(stream.disposition & _ASIDE or titled)


def _with_speech(
    file: BinaryIO, numbers: Iterable[int], options: Options, on_block: Callable[[], None]
) -> Iterator[int]:
    """Those of the first tracks that contain speech."""
    for number in islice(numbers, _MOST):
        if _speaks(file, number, options.vad_threshold, on_block):
            yield number


def _speaks(
    file: BinaryIO, number: int, threshold: float, on_block: Callable[[], None]
) -> bool:
    try:
        blocks = Recording(file, _SEARCHED, number).blocks()
        return _is_spoken(blocks, threshold, on_block)
    except Exception:  # noqa: BLE001 - the other tracks may still be decodable
        return False


def _is_spoken(
    blocks: Iterable[Samples | Jump], threshold: float, on_block: Callable[[], None]
) -> bool:
    detector, spoken = SpeechDetector(), 0
    for block in even(blocks, _BLOCK):
        on_block()
        if isinstance(block, Jump):
            continue
        frames = np.pad(block, (0, -len(block) % FRAME))
        spoken += int(np.sum(detector.probabilities(frames) >= threshold))
        if spoken >= _SPEECH:
            return True
    return False


def _absent(number: int, many: int) -> Failure:
    tracks = "1 audio track" if many == 1 else f"{many} audio tracks"
    message = f"It has {tracks}, but transcription.track asks for number {number}."
    return Failure(FailureKind.BAD_INPUT, message, "Set transcription.track to auto.")
