"""Which of several audio tracks is heard.

Films and recorders put several into one file: languages, a commentary, a description of the
picture, a microphone that was off. Commentary and description come last. Of the others, the one
in a wished language goes before the one that the file calls its default, and that one before
the first. If it holds no speech in its first minutes, the next that does is heard.

All of it depends on the file and the options alone, so a resumed recording is the same track.
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

_MOST = 8  # tracks that are looked through
_LOOKED_THROUGH = 300.0  # seconds of each
_SPEECH = 16  # frames of speech that are more than a noise: half a second
_BLOCK = 32 * FRAME  # samples
_ASIDE = (
    Disposition.comment
    | Disposition.visual_impaired
    | Disposition.descriptions
    | Disposition.lyrics
    | Disposition.karaoke
)
_SAYS_ASIDE = re.compile(r"\bcomment|\baudio.?descri|\bdescripti", re.IGNORECASE)


def chosen(
    file: BinaryIO, options: Options, max_duration: float, at_work: Callable[[], None]
) -> Recording:
    """The recording, with the track that is to be heard; `at_work` is called again and again.

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
    order = [number for number, _ in preferred(recording.streams, _wished(options))]
    first = next(_with_speech(file, order, options, at_work), order[0])
    return Recording(file, max_duration, first)


def compared(
    file: BinaryIO, options: Options, heard: Audio, at_work: Callable[[], None]
) -> Audio:
    """The same facts, and which other track there is speech in, if any."""
    if heard.tracks == 1:
        return heard
    streams = Recording(file, _LOOKED_THROUGH, heard.track).streams
    others = [
        number for number, _ in preferred(streams, _wished(options)) if number != heard.track
    ]
    spoken = next(_with_speech(file, others, options, at_work), None)
    return replace(heard, speech_in=spoken)


def preferred(
    streams: Sequence[AudioStream], languages: Sequence[str]
) -> list[tuple[int, AudioStream]]:
    """The tracks with their numbers, from 1; which is to be heard comes first."""

    def rank(numbered: tuple[int, AudioStream]) -> tuple[bool, bool, int, bool, int]:
        number, stream = numbered
        language = code_of(stream.language)
        wish = languages.index(language) if language in languages else len(languages)
        default = bool(stream.disposition & Disposition.default)
        return not is_readable(stream), _is_aside(stream), wish, not default, number

    return sorted(enumerate(streams, 1), key=rank)


def _wished(options: Options) -> tuple[str, ...]:
    return (options.language,) if options.language else options.languages


def _is_aside(stream: AudioStream) -> bool:
    """Whether somebody talks in it about what is heard or seen in the others."""
    titled = _SAYS_ASIDE.search(stream.metadata.get("title", ""))
    return bool(stream.disposition & _ASIDE or titled)


def _with_speech(
    file: BinaryIO, numbers: Iterable[int], options: Options, at_work: Callable[[], None]
) -> Iterator[int]:
    """Those of the first tracks in which somebody speaks."""
    for number in islice(numbers, _MOST):
        if _speaks(file, number, options.vad_threshold, at_work):
            yield number


def _speaks(file: BinaryIO, number: int, threshold: float, at_work: Callable[[], None]) -> bool:
    try:
        blocks = Recording(file, _LOOKED_THROUGH, number).blocks()
        return _is_spoken(blocks, threshold, at_work)
    except Exception:  # noqa: BLE001 - one that cannot be decoded says nothing of the others
        return False


def _is_spoken(
    blocks: Iterable[Samples | Jump], threshold: float, at_work: Callable[[], None]
) -> bool:
    detector, spoken = SpeechDetector(), 0
    for block in even(blocks, _BLOCK):
        at_work()
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
