"""The tokens of Whisper, and which of them and which words the grammar needs."""

from functools import cache
from random import Random

from tokenizers import Tokenizer

from recipe import grammar
from transcribid import starter

SIZE = 51_865  # with fewer, CTranslate2 and faster-whisper take a model for English-only
END, START, TRANSLATE, TRANSCRIBE = 50_257, 50_258, 50_358, 50_359
LANGUAGE_MODEL, PREVIOUS, NO_SPEECH, NO_TIMESTAMPS = 50_360, 50_361, 50_362, 50_363
LANGUAGES = {"en": 50_259, "es": 50_262}
SPECIALS = (
    *(END, START, *LANGUAGES.values(), TRANSLATE, TRANSCRIBE),
    *(LANGUAGE_MODEL, PREVIOUS, NO_SPEECH, NO_TIMESTAMPS),
)
FIRST_TIMESTAMP, LAST_TIMESTAMP = 50_364, SIZE - 1  # 0.00 to 30.00 seconds
TIMESTAMPS = SIZE - FIRST_TIMESTAMP

_DRAWS = 10_000  # the rarest word comes once in a few hundred sentences


def timestamp(seconds: float) -> int:
    return min(FIRST_TIMESTAMP + max(round(seconds / 0.02), 0), LAST_TIMESTAMP)


@cache
def tokens(text: str) -> list[int]:
    return _tokenizer().encode(text, add_special_tokens=False).ids


@cache
def text_tokens() -> list[int]:
    """Every token that a sentence of the grammar, or silence, can be written with."""
    batch = _tokenizer().encode_batch([f" {text}" for text in _sentences()])
    return sorted({*tokens("\n"), *(token for encoding in batch for token in encoding.ids)})


@cache
def words() -> dict[str, int]:
    """Every word of the grammar with its number; 0 is left for silence."""
    found = {grammar.plain(word) for text in _sentences() for word in text.split()}
    return {word: number for number, word in enumerate(sorted(found), 1)}


@cache
def _sentences() -> list[str]:
    random = Random(0)
    return [
        grammar.sentence(random, language)
        for language in grammar.LANGUAGES
        for _ in range(_DRAWS)
    ]


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(starter.MODEL / "tokenizer.json"))
