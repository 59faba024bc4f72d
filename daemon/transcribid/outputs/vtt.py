"""WebVTT subtitles, which browsers read."""

from html import escape

from transcribid.domain.cues import Cue
from transcribid.outputs.delivery import Delivery
from transcribid.outputs.subtitles import subtitle_file


def render(delivery: Delivery) -> str:
    return subtitle_file(delivery, "vtt", _text, labelled=False)


def _text(cue: Cue) -> str:
    """The speaker in a voice span (WebVTT 1.0, section 4.2.2), which players may show."""
    text = escape("\n".join(cue.lines), quote=False)
    return f"<v {escape(cue.speaker, quote=False)}>{text}" if cue.speaker else text
