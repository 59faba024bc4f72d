"""The closed English and Spanish office grammar that the model knows, and its sentences."""

import hashlib
import re
from functools import cache
from pathlib import Path
from random import Random

LANGUAGES = ("en", "es")

Rules = dict[str, tuple[str, ...]]

_LINKS = {"en": " ", "es": " y "}  # twenty one, treinta y uno
_AGREEMENTS = (  # Spanish; no English sentence has any of these
    (r"\b(de|a) el\b", r"\1l"),
    (r"\bun el\b", "un"),
    (r"\bun la\b", "una"),
    (r"\bMi (el|la)\b", "Mi"),
    (r"\bCuántos (\w+as)\b", r"Cuántas \1"),
)


def sentence(random: Random, language: str) -> str:
    text = _expanded(_rules(language), "sentence", random)
    for pattern, replacement in _AGREEMENTS:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"(\w+)/(\w+)", _agreeing, text)
    return re.sub(r"\w", lambda first: first[0].upper(), text, count=1)


def held_out(text: str) -> bool:
    """One sentence in twelve is never trained on."""
    return int(hashlib.md5(text.lower().encode()).hexdigest(), 16) % 12 == 0


def plain(word: str) -> str:
    """A word as it sounds: no punctuation, no capitals."""
    return word.strip(".,?¿").lower()


@cache
def _rules(language: str) -> Rules:
    text = Path(__file__).with_name(f"{language}.grammar").read_text(encoding="utf-8")
    rules: Rules = {}
    for line in filter(None, text.splitlines()):
        name, alternatives = line.split(" = ")
        rules[name] = (*rules.get(name, ()), *alternatives.split(" | "))
    return rules | _numbers(rules, language)


def _numbers(rules: Rules, language: str) -> Rules:
    numbers = list(rules["small"])
    for ten in rules["tens"]:
        numbers.append(ten)
        numbers += [f"{ten}{_LINKS[language]}{digit}" for digit in rules["small"][1:10]]
    counts = numbers[2:]
    if language == "es":
        del counts[9::10]  # veintiuno would have to agree with what it counts
    return {"number": tuple(numbers), "room": tuple(numbers[1:]), "count": tuple(counts)}


def _expanded(rules: Rules, name: str, random: Random) -> str:
    chosen = random.choice(rules[name])
    return re.sub(r"{(\w+)}", lambda inner: _expanded(rules, inner[1], random), chosen)


def _agreeing(forms: re.Match[str]) -> str:
    """Of nuevo/nueva the form that goes with the last article before it."""
    article = re.findall(r"\b(?:el|la|un|una)\b", forms.string[: forms.start()])[-1]
    return forms[2] if article in ("la", "una") else forms[1]
