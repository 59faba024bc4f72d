# pyright: reportUnknownVariableType=false
"""Texts as words to compare: lower case, no accents, no punctuation, numbers spelt out."""

import re
import unicodedata

from num2words import num2words

_AND = {"en": " and ", "es": " y ", "fr": " et "}
_SPELT = frozenset(("en", "es", "fr", "it", "ru", "nl"))  # others get English numbers
_LONGEST_NUMBER = 4  # digits; longer ones are read digit by digit, as telephone numbers are


def normalise(text: str, language: str) -> list[str]:
    """
    >>> normalise("L'été, 21 & 007!", "fr")
    ['l', 'ete', 'vingt', 'et', 'un', 'et', 'zero', 'zero', 'sept']
    """
    plain = re.sub(r"\[[^\]]*\]|\([^)]*\)", " ", text.lower().replace("\u2019", "'"))
    plain = plain.replace("&", _AND.get(language, " "))
    plain = _without_accents(_spell_numbers(plain, language))
    if language == "en":
        plain = plain.replace("'", "")
    return re.sub(r"[\W_]+", " ", plain).split()


def _spell_numbers(text: str, language: str) -> str:
    tongue = language if language in _SPELT else "en"
    if language == "en":
        text = re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", lambda found: _ordinal(found[1]), text)
    return re.sub(r"\d+", lambda found: _cardinal(found[0], tongue), text)


def _ordinal(digits: str) -> str:
    return f" {num2words(int(digits), to='ordinal')} "


def _cardinal(digits: str, language: str) -> str:
    one_by_one = len(digits) > _LONGEST_NUMBER or (len(digits) > 1 and digits[0] == "0")
    numbers = digits if one_by_one else (digits,)
    return f" {' '.join(str(num2words(int(number), lang=language)) for number in numbers)} "


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(character for character in parts if not unicodedata.combining(character))
