"""Asterisk's telephone prompts: read by professionals, with the text of each in a list."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from real.fetch import fetch
from real.packages import DEBIAN
from real.words import normalise

_DOUBTFUL = re.compile(  # texts that are not what is said, or nothing that can be spelt
    r"[\[\]()<>{}@/]|\.\w{2,3}\b|www|IAX|PBX|IVR|Kb|^\W*$|asterisk-|misdn|beep|tono|tone\b",
    re.IGNORECASE,
)
_BYTES = 8000  # a second in G.722
_LONGEST = 60.0  # seconds
_SENTENCE = 3  # words at least


@dataclass(frozen=True, slots=True)
class Spoken:
    """A prompt of the package, with its text."""

    key: str  # such as "digits/7"
    text: str
    path: Path  # G.722 without a header
    language: str

    @property
    def name(self) -> str:
        return f"{self.key.replace('/', '__')}.wav"


def sounds(language: str) -> Path:
    """The folder with the sounds of the one voice of that language."""
    folder = fetch(DEBIAN[f"asterisk-core-sounds-{language}-g722"])
    return next((folder / "usr/share/asterisk/sounds").iterdir())


def sentences(language: str) -> list[Spoken]:
    """All prompts of three words or more, in the order of their names."""
    return [spoken for spoken, words in _usable(language) if words >= _SENTENCE]


def words_alone(language: str) -> list[Spoken]:
    return [spoken for spoken, words in _usable(language) if words < _SENTENCE]


def _usable(language: str) -> Iterator[tuple[Spoken, int]]:
    folder = sounds(language)
    for key, text in sorted(_texts(language).items()):
        path = folder / f"{key}.g722"
        if not path.exists() or _DOUBTFUL.search(text) or key.startswith("silence"):
            continue
        words = normalise(text, language)
        if words and path.stat().st_size <= _LONGEST * _BYTES:
            yield Spoken(key, text, path, language), len(words)


def _texts(language: str) -> dict[str, str]:
    folder = fetch(DEBIAN[f"asterisk-core-sounds-{language}"])
    (listing,) = folder.glob("usr/share/doc/*/*.txt.gz")
    texts: dict[str, str] = {}
    with gzip.open(listing, "rt", encoding="utf-8") as lines:
        for line in lines:
            key, colon, text = (part.strip() for part in line.partition(":"))
            if colon and not line.startswith(";"):
                texts[key] = "" if key in texts else text  # named twice: which is right?
    return {key: text for key, text in texts.items() if text}
