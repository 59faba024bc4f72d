"""What is a loop, and which of its repeats nobody spoke."""

import pytest

from transcribid.domain.loops import compression_ratio, loops, repetitive, soundless
from transcribid.domain.transcript import Word

SENTENCE = " The doctor will read the yellow book on the table tomorrow morning."


@pytest.mark.parametrize(
    "text",
    [
        " Thank you." * 5,
        " no" * 10,
        " see you soon" * 4,
        " and then he went home again" * 3,
        " I think so. THANK YOU, thank you. Thank you! thank you; thank you... and so on",
        " Gracias. ¡Gracias! ¿Gracias?" * 4,
    ],
)
def test_words_that_come_again_and_again_are_a_loop(text: str) -> None:
    assert loops(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " Yes.",
        " Thank you." * 4,
        " no" * 9,
        " see you soon" * 3,
        " and then he went home again" * 2,
        " Thank you. Thank you. Good night. Thank you. Thank you. Good night. Thank you.",
        SENTENCE,
    ],
)
def test_people_may_say_the_same_several_times(text: str) -> None:
    assert not loops(text)
    assert not repetitive(text)


def test_a_text_that_says_little_compresses_well() -> None:
    assert compression_ratio("") == 0.0
    assert compression_ratio(SENTENCE) < 1.5
    assert compression_ratio("ha ha he ha ha " * 20) > 2.4


def aligned(*words: tuple[str, float]) -> list[Word]:
    """Words one after the other, each with the seconds that it lasts."""
    start, found = 0.0, list[Word]()
    for text, seconds in words:
        found.append(Word(start, start + seconds, f" {text}", 0.9))
        start += seconds
    return found


def left(words: list[Word]) -> str:
    gone = soundless(words)
    return "".join(word.text for at, word in enumerate(words) if at not in gone).strip()


def test_rounds_without_a_sound_of_their_own_are_found() -> None:
    spoken = [("Where", 0.3), ("is", 0.2), ("he?", 0.3)]
    invented = [("s", 0.0), ("il", 0.0)] * 40

    assert left(aligned(*spoken, ("s", 0.3), ("il", 0.1), *invented)) == "Where is he? s il"


def test_a_round_that_was_said_stays_in_the_middle_of_those_that_were_not() -> None:
    rounds = [("no", 0.2), *[("no", 0.0)] * 6, ("no", 0.3), *[("no", 0.0)] * 5]

    assert left(aligned(*rounds, ("thanks", 0.4))) == "no no thanks"


@pytest.mark.parametrize(
    "words",
    [
        [("no,", 0.2)] * 12,
        [("one", 0.2), ("two", 0.2), ("three", 0.3)] * 5,
        [("we", 0.1), ("will", 0.1), ("rock", 0.3), ("you", 0.3)] * 8,
        [("no", 0.0)] * 9,  # no loop
        [("ha", 0.06)] * 20,  # as fast as anybody laughs
    ],
)
def test_what_is_really_said_again_stays_whole(words: list[tuple[str, float]]) -> None:
    assert soundless(aligned(*words)) == set()


def test_a_last_word_of_a_refrain_that_is_short_stays() -> None:
    words = [*[("a", 0.2), ("b", 0.2), ("c", 0.2), ("d", 0.2)] * 3, ("a", 0.04)]

    assert soundless(aligned(*words)) == set()


def test_words_of_scripts_with_vowel_signs_are_distinguished() -> None:
    assert not loops("कि की का के कु कू को कौ कं कः")
    assert loops(" नमस्ते" * 10)


def test_ordinary_text_of_any_script_is_no_loop() -> None:
    russian = (
        "Ваш звонок очень важен для нас. Пожалуйста, оставайтесь на линии, и первый "
        "освободившийся оператор ответит вам. Введите номер вашего абонента, затем нажмите "
        "решётку. Ваше сообщение сохранено в папке новых сообщений, спасибо за ожидание. "
    )

    assert not repetitive(russian)
    assert repetitive("спасибо большое " * 12)


def test_what_follows_a_loop_stays() -> None:
    words = aligned(*[("bye", 0.3)], *[("bye", 0.0)] * 11, ("then", 0.2))

    assert left(words) == "bye then"
