"""In which language windows are transcribed, where nobody named one."""

import numpy as np
import pytest

from transcribid.domain.gate import DecodeResult
from transcribid.domain.job import JobId
from transcribid.domain.options import Options
from transcribid.domain.transcript import Performer, Span, Word
from transcribid.engine.active_recording import ActiveRecording, Piece, Window
from transcribid.engine.language_choice import choose
from transcribid.engine.window_decoding import WindowDecoding
from transcribid.protocol.engine import Request

UNSURE = {"pt": 0.5, "es": 0.4, "en": 0.1}
SPEECH = (Span(0.0, 2.0),)


def pieces(count: int, options: Options) -> list[Piece]:
    """Windows of one recording, two seconds each."""
    request = Request(JobId(1), 1, "a", "aa", options, 60.0, accept_partial=True)
    performer = Performer("base", "cpu", "int8", "these libraries")
    active = ActiveRecording(request, performer, lambda _: None, 80)
    features = np.zeros((80, 200), np.float32)
    return [
        Piece(active, Window(number, features, SPEECH, SPEECH, "here"))
        for number in range(count)
    ]


def decoded(piece: Piece, language: str, sure: float, text: str = "buenos") -> WindowDecoding:
    window = WindowDecoding(piece, language, UNSURE)
    words = tuple(
        Word(0.1 * at, 0.1 * at + 0.1, f" {word}", 0.9) for at, word in enumerate(text.split())
    )
    window.accept(DecodeResult(words, len(words), False, sure, 0.01))
    return window


def test_windows_of_one_recording_decide_together() -> None:
    first, second = choose(pieces(2, Options()), [{"es": 0.9, "pt": 0.1}, UNSURE])

    assert first is second
    assert (first.first, first.others) == ("es", ("pt", "en"))


def test_each_window_decides_for_itself_where_languages_change() -> None:
    options = Options(multilingual=True)
    first, second = choose(pieces(2, options), [{"es": 0.95, "pt": 0.05}, UNSURE])

    assert (first.first, first.others) == ("es", ())
    assert (second.first, second.others) == ("pt", ("es", "en"))


def test_candidates_alone_are_chosen_from() -> None:
    (choice,) = choose(pieces(1, Options(languages=("en", "es"))), [UNSURE])
    assert (choice.first, choice.others) == ("es", ("en",))


def test_a_language_that_was_given_is_not_chosen() -> None:
    (choice,) = choose(pieces(1, Options(language="de")), [UNSURE])
    assert (choice.first, choice.others) == ("de", ())


def test_a_model_of_one_language_has_no_choice() -> None:
    (choice,) = choose(pieces(1, Options()), [{}])
    assert (choice.first, choice.others) == ("en", ())


@pytest.mark.parametrize(
    ("sure", "text", "better"),
    [
        (-0.2, "buenos", True),
        (-0.55, "buenos", False),  # the sound weighs, too
        (-0.01, "", False),  # silence is certain of itself
        (-0.01, "no " * 12, False),  # and so are loops
        (-1.5, "buenos", False),
    ],
)
def test_the_second_language_is_taken_where_the_model_is_surer_of_its_words(
    sure: float, text: str, *, better: bool
) -> None:
    (piece,) = pieces(1, Options())
    (choice,) = choose([piece], [UNSURE])
    one, other = decoded(piece, "pt", -0.5), decoded(piece, "es", sure, text)

    assert choice.better([one], [other]) is better
