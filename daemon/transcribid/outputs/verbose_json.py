"""Everything known about a transcript, as a superset of OpenAI's verbose_json."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from math import isfinite

from transcribid.domain.naming import printable
from transcribid.domain.quality import judge
from transcribid.domain.thresholds import thresholds
from transcribid.domain.transcript import Audio, Segment, Span, Transcript, Turn, Word
from transcribid.outputs.delivery import Delivery

SCHEMA = 1  # raised when a key changes its meaning or is removed
SEAL = "seal"  # the last key

_Object = dict[str, object]


def render(delivery: Delivery) -> str:
    document = _document(delivery)
    return _text({**document, SEAL: seal(document)})


def seal(document: Mapping[str, object]) -> str:
    """The SHA-256 of everything else: it shows whether the file was edited."""
    rest = {key: value for key, value in document.items() if key != SEAL}
    return sha256(_text(rest).encode()).hexdigest()


def _text(document: Mapping[str, object]) -> str:
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode("utf-8", "replace").decode() + "\n"  # a prompt may hold any bytes


def _document(delivery: Delivery) -> _Object:
    transcript = delivery.transcript
    return {
        "schema": SCHEMA,
        "task": delivery.options.task,
        "language": transcript.language,
        "language_probability": _score(transcript.language_probability),
        "duration": _seconds(transcript.duration),
        "text": transcript.text,
        "segments": [_segment(*numbered) for numbered in enumerate(transcript.segments)],
        "source": _source(delivery),
        "engine": _engine(transcript),
        "options": asdict(delivery.options),
        "speech": bool(transcript.segments),
        "quality": {
            **asdict(judge(transcript)),
            "calibrated_on": thresholds(transcript.performer.digest).model,
        },
        "unheard": [_span(each) for each in transcript.unheard],
        "foreign": [
            {"language": each.language, **_span(each.span)} for each in transcript.foreign
        ],
        "removed": [asdict(each) for each in transcript.removed],
        "seconds": _seconds(transcript.seconds),
        **_speakers(transcript),
        "outputs": {_readable(name): digest for name, digest in delivery.siblings.items()},
    }


def _segment(number: int, segment: Segment) -> _Object:
    return {
        "id": number,
        "start": _seconds(segment.start),
        "end": _seconds(segment.end),
        "text": segment.text,
        "avg_logprob": _score(segment.average_log_probability),
        "no_speech_prob": _score(segment.no_speech_probability),
        "compression_ratio": _score(segment.compression_ratio),
        "doubts": list(segment.doubts),
        **({"language": segment.language} if segment.language else {}),
        **({"speaker": segment.speaker} if segment.speaker else {}),
        "words": [_word(word) for word in segment.words],
    }


def _span(span: Span) -> _Object:
    return {"start": _seconds(span.start), "end": _seconds(span.end)}


def _word(word: Word) -> _Object:
    return {
        "word": word.text.strip(),
        "start": _seconds(word.start),
        "end": _seconds(word.end),
        "probability": _score(word.probability),
        **({"speaker": word.speaker} if word.speaker else {}),
    }


def _speakers(transcript: Transcript) -> _Object:
    """Only if diarization was requested."""
    speakers = transcript.speakers
    if speakers is None:
        return {}
    return {
        "speakers": list(speakers.names),
        "diarization": {
            "model": speakers.model,
            "device": speakers.device,
            "libraries": speakers.libraries,
            "seconds": _seconds(speakers.seconds),
            "failure": speakers.failure or None,
            "turns": [_turn(turn) for turn in speakers.turns],
        },
    }


def _turn(turn: Turn) -> _Object:
    return {"start": _seconds(turn.start), "end": _seconds(turn.end), "speaker": turn.speaker}


def _source(delivery: Delivery) -> _Object:
    source, audio = delivery.source, delivery.transcript.audio
    return {
        **_names(source.name),
        "size": source.size,
        "sha256": source.sha256,
        "duration_container": _seconds(audio.duration),
        "duration_decoded": _seconds(audio.decoded),
        "container": audio.container,
        "codec": audio.codec,
        "audio_track": audio.track,
        "audio_tracks": audio.tracks,
        "decode_errors": audio.errors,
        **_discontinuities(audio),
        **({"notes": list(audio.notes)} if audio.notes else {}),
    }


def _discontinuities(audio: Audio) -> _Object:
    """Only where there are any."""
    if not audio.discontinuities:
        return {}
    found = [
        {"at": _seconds(each.at), "seconds": _seconds(each.seconds)}
        for each in audio.discontinuities
    ]
    return {"discontinuities": found}


def _names(name: str) -> _Object:
    readable = _readable(name)
    if readable == name:
        return {"name": name}
    given = name.encode("utf-8", "surrogateescape")
    return {"name": readable, "name_bytes": b64encode(given).decode()}


def _readable(name: str) -> str:
    """The name itself unless it is not UTF-8."""
    return name if name == name.encode("utf-8", "replace").decode() else printable(name)


def _engine(transcript: Transcript) -> _Object:
    performer = transcript.performer
    return {
        "model": performer.model,
        "digest": performer.digest or None,
        "device": performer.device,
        "compute_type": performer.compute_type,
        "libraries": performer.engine,
        "notes": [*filter(None, [performer.fallback]), *transcript.notes],
    }


def _seconds(value: float | None) -> float | None:
    return _rounded(value, 3)


def _score(value: float) -> float | None:
    return _rounded(value, 6)


def _rounded(value: float | None, places: int) -> float | None:
    """JSON cannot represent infinity and NaN, so they become null."""
    return None if value is None or not isfinite(value) else round(value, places)
