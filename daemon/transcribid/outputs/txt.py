"""Plain text, one segment per line; where the speaker changes, the name comes first."""

from collections.abc import Iterator

from transcribid.domain.transcript import UNKNOWN
from transcribid.outputs.delivery import Delivery


def render(delivery: Delivery) -> str:
    return "".join(f"{line}\n" for line in _lines(delivery))


def _lines(delivery: Delivery) -> Iterator[str]:
    segments = delivery.transcript.segments
    before = "" if any(segment.speaker for segment in segments) else None
    for number, segment in enumerate(segments):
        text = " ".join(segment.text.split())
        changes = segment.speaker != before
        if changes and number:
            yield ""
        label = f"{segment.speaker or UNKNOWN}: " if changes else ""
        before = segment.speaker
        if text:
            yield label + text
