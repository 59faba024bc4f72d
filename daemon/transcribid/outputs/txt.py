"""Plain text, one segment per line."""

from transcribid.outputs.delivery import Delivery


def render(delivery: Delivery) -> str:
    texts = (" ".join(segment.text.split()) for segment in delivery.transcript.segments)
    return "".join(f"{text}\n" for text in texts if text)
