"""SubRip subtitles, which every player reads."""

from transcribid.domain.cues import Cue
from transcribid.outputs.delivery import Delivery
from transcribid.outputs.subtitles import subtitle_file


def render(delivery: Delivery) -> str:
    return subtitle_file(delivery, "srt", _text, labelled=True)


def _text(cue: Cue) -> str:
    """SubRip has no escapes, so the text is unchanged except for the arrow of a new cue."""
    return "\n".join(cue.lines).replace("-->", "→")
