"""Everything an output may contain about a recording."""

from collections.abc import Mapping
from dataclasses import dataclass

from transcribid.domain.options import Options
from transcribid.domain.transcript import Transcript


@dataclass(frozen=True, slots=True)
class SourceFacts:
    name: str  # with surrogates where it is not UTF-8
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The screen that subtitles are cut for."""

    max_line_width: int  # characters
    max_lines: int


@dataclass(frozen=True, slots=True)
class Delivery:
    transcript: Transcript
    options: Options  # the effective ones
    source: SourceFacts
    layout: Layout
    siblings: Mapping[str, str]  # name of each output rendered before this one, to its SHA-256
