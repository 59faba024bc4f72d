# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""faster-whisper as a program: its README's own lines, in a process of their own."""

import argparse
import json
import time
from collections.abc import Iterable
from pathlib import Path

from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.transcribe import Segment, TranscriptionInfo


def main() -> None:
    asked = _asked()
    model = WhisperModel(asked.model, device=asked.device, compute_type=asked.compute_type)
    batched = BatchedInferencePipeline(model) if asked.batched else None
    for recording in asked.recordings:
        began = time.process_time()
        if batched:
            segments, info = batched.transcribe(
                recording,
                language=asked.language,
                beam_size=5,
                word_timestamps=True,
                batch_size=asked.batched,
            )
        else:
            segments, info = model.transcribe(
                recording,
                language=asked.language,
                beam_size=5,
                word_timestamps=True,
                vad_filter=True,
                condition_on_previous_text=asked.previous_text,
            )
        document = _document(segments, info)
        document["processor_seconds"] = round(time.process_time() - began, 3)
        written = asked.output / f"{Path(recording).stem}.json"
        written.write_text(json.dumps(document), encoding="utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--language")
    parser.add_argument("--previous-text", action="store_true", help="as it comes")
    parser.add_argument("--batched", type=int, metavar="WINDOWS")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("recordings", nargs="+")
    return parser.parse_args()


def _document(segments: Iterable[Segment], info: TranscriptionInfo) -> dict[str, object]:
    return {
        "language": info.language,
        "language_probability": info.language_probability,
        "segments": [
            {
                "text": segment.text,
                "avg_logprob": segment.avg_logprob,
                "no_speech_prob": segment.no_speech_prob,
                "compression_ratio": segment.compression_ratio,
                "words": [
                    {"word": word.word, "start": word.start, "end": word.end}
                    for word in segment.words or ()
                ],
            }
            for segment in segments
        ],
    }


if __name__ == "__main__":
    main()
