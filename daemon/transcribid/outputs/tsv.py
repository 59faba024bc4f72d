"""Tab-separated segments with times in milliseconds, as Whisper's own command writes them."""

from transcribid.outputs.delivery import Delivery


def render(delivery: Delivery) -> str:
    rows = (
        f"{round(segment.start * 1000)}\t{round(segment.end * 1000)}\t"
        f"{' '.join(segment.text.split())}\n"
        for segment in delivery.transcript.segments
    )
    return "start\tend\ttext\n" + "".join(rows)
