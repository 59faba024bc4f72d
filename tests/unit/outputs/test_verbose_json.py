import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

from transcribid.domain.transcript import Word
from transcribid.outputs import verbose_json
from transcribid.outputs.delivery import Delivery


def rendered(delivery: Delivery) -> dict[str, Any]:
    return json.loads(verbose_json.render(delivery))


def test_a_silent_recording_says_so(silence: Delivery) -> None:
    document = rendered(silence)

    assert document["speech"] is False
    assert document["text"] == ""
    assert document["segments"] == []


def test_the_outputs_are_listed_with_their_hashes(delivery: Delivery) -> None:
    assert rendered(delivery)["outputs"] == delivery.siblings


def test_a_name_that_is_not_utf8_is_readable_and_also_exact(delivery: Delivery) -> None:
    name = b"caf\xe9\n.wav".decode("utf-8", "surrogateescape")
    source = replace(delivery.source, name=name)

    document = rendered(replace(delivery, source=source, siblings={f"{name}.txt": "00"}))

    assert document["source"]["name"] == r"caf\udce9\n.wav"
    assert b64decode(document["source"]["name_bytes"]) == b"caf\xe9\n.wav"
    assert list(document["outputs"]) == [r"caf\udce9\n.wav.txt"]


def test_a_valid_name_is_kept_whatever_is_in_it(delivery: Delivery) -> None:
    source = replace(delivery.source, name="añ\n.wav")

    document = rendered(replace(delivery, source=source))

    assert document["source"]["name"] == "añ\n.wav"
    assert "name_bytes" not in document["source"]


def test_a_prompt_of_any_bytes_can_be_written(delivery: Delivery) -> None:
    options = replace(delivery.options, initial_prompt="caf\udce9")

    document = rendered(replace(delivery, options=options))

    assert document["options"]["initial_prompt"] == "caf?"


def test_what_is_not_finite_is_null(delivery: Delivery) -> None:
    segment = replace(
        delivery.transcript.segments[0],
        average_log_probability=float("-inf"),
        words=(Word(0.1, 0.2, " Hi", float("nan")),),
    )
    transcript = replace(delivery.transcript, segments=(segment,))

    written = rendered(replace(delivery, transcript=transcript))["segments"][0]

    assert written["avg_logprob"] is None
    assert written["words"] == [{"word": "Hi", "start": 0.1, "end": 0.2, "probability": None}]


def test_an_unknown_duration_is_null_and_times_are_milliseconds(delivery: Delivery) -> None:
    audio = replace(delivery.transcript.audio, duration=None, decoded=36.00049)
    transcript = replace(delivery.transcript, audio=audio)

    document = rendered(replace(delivery, transcript=transcript))

    assert document["source"]["duration_container"] is None
    assert document["duration"] == document["source"]["duration_decoded"] == 36.0


def test_the_track_and_what_is_odd_are_said(delivery: Delivery) -> None:
    audio = replace(delivery.transcript.audio, track=2, tracks=3, notes=("It is odd.",))
    transcript = replace(delivery.transcript, audio=audio)

    source = rendered(replace(delivery, transcript=transcript))["source"]

    assert (source["audio_track"], source["audio_tracks"]) == (2, 3)
    assert source["notes"] == ["It is odd."]
    assert "notes" not in rendered(delivery)["source"]
