"""What the subtitle formats share: cues in, one file out."""

from collections.abc import Callable

from pysubs2 import SSAEvent, SSAFile

from transcribid.domain.cues import cues
from transcribid.outputs.delivery import Delivery

# Stands in for a backslash: pysubs2 takes C:\new for a line break and {\p1} for a drawing.
_BACKSLASH = "\0"


def subtitle_file(delivery: Delivery, format_name: str, escaped: Callable[[str], str]) -> str:
    layout = delivery.layout
    subtitles = SSAFile()
    for cue in cues(
        delivery.transcript.segments,
        max_line_width=layout.max_line_width,
        max_lines=layout.max_lines,
    ):
        text = escaped("\n".join(cue.lines)).replace("\\", _BACKSLASH)
        start, end = round(cue.start * 1000), round(cue.end * 1000)
        subtitles.append(SSAEvent(start=start, end=end, text=text))
    written = subtitles.to_string(format_name, keep_ssa_tags=True)
    return written.replace(_BACKSLASH, "\\").removesuffix("\n")  # one newline ends a file
