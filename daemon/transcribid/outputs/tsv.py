"""Tab-separated segments with times in milliseconds, as Whisper's own command writes them.

With diarization, the speaker is one more column.
"""

from transcribid.domain.transcript import Segment
from transcribid.outputs.delivery import Delivery


def render(delivery: Delivery) -> str:
    transcript = delivery.transcript
    head, rows = ("start", "end", "text"), [_row(each) for each in transcript.segments]
    if transcript.speakers:
        head = (*head, "speaker")
        speakers = [segment.speaker or "" for segment in transcript.segments]
        rows = [(*row, _plain(speaker)) for row, speaker in zip(rows, speakers, strict=True)]
    return "".join("\t".join(cells) + "\n" for cells in [head, *rows])


def _row(segment: Segment) -> tuple[str, ...]:
    times = (segment.start, segment.end)
    return (*(str(round(time * 1000)) for time in times), _plain(segment.text))


def _plain(text: str) -> str:
    return " ".join(text.split())
