"""Texts that say the same are the same words."""

import pytest

from real.words import normalise


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en", "Press 1, & don't wait.", "press one and dont wait"),
        ("en", "the 3rd of 4", "the third of four"),
        ("es", "¡Marque 21, señor!", "marque veintiuno senor"),
        ("fr", "L\u2019été", "l ete"),
        ("it", "premere 0", "premere zero"),
        ("ru", "Нажмите 3", "нажмите три"),
        ("nl", "één of ander", "een of ander"),
        ("en", "call 007 or 12345", "call zero zero seven or one two three four five"),
        ("en", "hello (pause) [beep] there", "hello there"),
        ("no", "7", "seven"),
    ],
)
def test_numbers_accents_and_punctuation(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language) == spoken.split()
