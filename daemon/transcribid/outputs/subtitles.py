"""Shared by the subtitle formats: renders cues as one file."""

from collections.abc import Callable

from pysubs2 import SSAEvent, SSAFile

from transcribid.domain.cues import Cue, cues
from transcribid.outputs.delivery import Delivery

# Stands in for a backslash: pysubs2 takes C:\new for a line break and {\p1} for a drawing.
_BACKSLASH = "\0"


def subtitle_file(
    delivery: Delivery, format_name: str, text_of: Callable[[Cue], str], *, labelled: bool
) -> str:
    """`labelled`: the text itself names the speaker."""
    layout = delivery.layout
    subtitles = SSAFile()
    for cue in cues(
        delivery.transcript.segments,
        max_line_width=layout.max_line_width,
        max_lines=layout.max_lines,
        labelled=labelled,
    ):
        text = text_of(cue).replace("\\", _BACKSLASH)
        start, end = round(cue.start * 1000), round(cue.end * 1000)
        subtitles.append(SSAEvent(start=start, end=end, text=text))
    written = subtitles.to_string(format_name, keep_ssa_tags=True)
    return written.replace(_BACKSLASH, "\\").removesuffix("\n")  # one newline ends a file
