"""Output formats: a format is one module and one line here."""

from collections.abc import Callable, Mapping

from transcribid.outputs import srt, tsv, txt, verbose_json, vtt
from transcribid.outputs.delivery import Delivery

Renderer = Callable[[Delivery], str]

# The content of each if there is no speech; then it is not written, as players would offer it.
SUBTITLES: Mapping[str, str] = {"srt": "", "vtt": "WEBVTT\n"}

FORMATS: Mapping[str, Renderer] = {
    "txt": txt.render,
    "srt": srt.render,
    "vtt": vtt.render,
    "tsv": tsv.render,
    "json": verbose_json.render,  # last: it carries the hashes of the others
}
