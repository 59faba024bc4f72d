import pytest

from transcribid import starter


@pytest.mark.parametrize(
    ("reference", "heard", "errors"),
    [
        ("", "", 0),
        ("The price is ten euros.", "the price is TEN euros", 0),
        ("¿Dónde está Ana?", "donde esta Ana", 2),  # an accent is part of the word
        ("mañana", "man\u0303ana", 0),  # however its letters are encoded
        ("Friday and Thursday are busy.", "Friday Thursday are very busy", 2),
        ("one two three", "", 3),
        ("", "one two", 2),
        ("one two", "two one", 2),
    ],
)
def test_word_errors_count_words_and_nothing_else(reference: str, heard: str, errors: int):
    assert starter.word_errors(reference, heard) == errors


def test_every_recording_is_there_with_its_reference():
    recordings = starter.recordings()

    assert len(recordings) == 7
    assert all(recording.path.is_file() for recording in recordings)
    assert [found.path.stem for found in recordings if not found.reference] == ["silence"]


def test_the_model_is_whole():
    names = {path.name for path in starter.MODEL.iterdir()}

    assert {"model.bin", "config.json", "vocabulary.json", "preprocessor_config.json"} <= names
    assert "tokenizer.json" in names  # without it faster-whisper asks the hub
