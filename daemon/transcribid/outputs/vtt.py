"""WebVTT subtitles, which browsers read."""

from functools import partial
from html import escape

from transcribid.outputs.delivery import Delivery
from transcribid.outputs.subtitles import subtitle_file


def render(delivery: Delivery) -> str:
    return subtitle_file(delivery, "vtt", partial(escape, quote=False))
