"""Which language a recording is in, how sure that is, and what is in another."""

from dataclasses import replace

import pytest

from support.window_results import window_result
from transcribid.domain.languages import UNDETERMINED, certainty, commonest, foreign, pooled
from transcribid.domain.transcript import Foreign, Span
from transcribid.domain.window_result import WindowResult


def window(
    speech: float, language: str = "en", sounds_like: str = "en", probability: float = 0.9
) -> WindowResult:
    return replace(
        window_result(),
        speech=speech,
        language=language,
        language_probability=probability if language == sounds_like else 0.0,
        sounds_like=sounds_like,
        sounds_like_probability=probability,
    )


def likeliest(windows: list[tuple[dict[str, float], float]], *candidates: str) -> str:
    mass = pooled(windows, candidates)
    return max(mass, key=lambda language: mass[language])


def test_the_language_is_that_of_most_speech_and_not_of_most_windows() -> None:
    short, long = {"es": 0.9, "en": 0.1}, {"es": 0.2, "en": 0.8}

    assert likeliest([(short, 4.0), (short, 4.0), (long, 25.0)]) == "en"
    assert likeliest([(short, 12.0), (short, 12.0), (long, 25.0)]) == "es"


def test_a_sure_window_outweighs_an_unsure_one() -> None:
    windows = [({"es": 0.51, "en": 0.49}, 10.0), ({"es": 0.02, "en": 0.98}, 9.0)]

    assert likeliest(windows) == "en"
    assert pooled(windows)["en"] == pytest.approx((4.9 + 8.82) / 19)


def test_of_candidates_alone_one_is_chosen() -> None:
    windows = [
        ({"pt": 0.5, "es": 0.3, "en": 0.2}, 4.0),
        ({"pt": 0.6, "es": 0.1, "en": 0.3}, 4.0),
    ]

    assert likeliest(windows) == "pt"
    assert likeliest(windows, "en", "es") == "en"
    assert likeliest(windows, "tlh") == "pt"  # a model that does not know the candidates


def test_a_model_that_is_not_asked_says_nothing() -> None:
    assert pooled([({}, 4.0)]) == pooled([]) == {}


def test_a_language_is_as_certain_as_it_is_among_all_of_them() -> None:
    chosen = replace(window(10.0, "es", "pt", 0.6), language_probability=0.3)

    assert certainty([chosen], "es") == pytest.approx(0.3)


def test_the_commonest_language_is_the_one_most_was_transcribed_in() -> None:
    windows = [window(5.0, "en"), window(5.0, "en"), window(20.0, "es")]

    assert commonest(windows) == "es"
    assert commonest([]) == UNDETERMINED


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([window(10.0)], 0.9),
        ([window(10.0), window(30.0, probability=0.5)], 0.6),
        ([window(10.0), window(10.0, sounds_like="es", probability=1.0)], 0.45),
        ([window(9.9, probability=1.0), window(0.0, probability=0.1)], 0.991),  # words count
        ([window(0.0)], 0.9),
        ([replace(window(0.0), words=())], 1.0),
        ([], 1.0),
    ],
)
def test_certainty_is_the_share_of_speech_that_sounds_like_it(
    windows: list[WindowResult], expected: float
) -> None:
    assert certainty(windows, "en") == pytest.approx(expected)


def test_nobody_is_certain_of_a_language_that_was_not_found() -> None:
    assert certainty([], UNDETERMINED) == 0.0


def test_a_window_that_surely_sounds_like_another_language_is_foreign() -> None:
    other = replace(window(10.0, "en", "es", 0.8), start=30.0, end=58.5)

    assert list(foreign([window(10.0), other])) == [Foreign("es", Span(30.0, 58.5))]


@pytest.mark.parametrize(
    "native",
    [
        window(10.0, "es", "es", 0.99),
        window(10.0, "en", "es", 0.79),
        replace(window(10.0, "en", "es", 0.99), words=()),
    ],
)
def test_what_is_unsure_or_empty_is_not_foreign(native: WindowResult) -> None:
    assert list(foreign([native])) == []
