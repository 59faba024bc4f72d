"""What a program heard, read from the JSON that it wrote; ours and theirs look alike."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.corpus import Word
from real.cost import Cost


@dataclass(frozen=True, slots=True)
class Heard:
    text: str
    words: tuple[Word, ...]
    language: str
    probability: float  # of the language
    verdict: str  # empty where the program gives none
    reasons: tuple[str, ...]
    facts: Mapping[str, Any]  # everything that it wrote


@dataclass(frozen=True, slots=True)
class Answers:
    """What one program made of one set, by name of the recording."""

    heard: Mapping[str, Heard]
    cost: Cost


def read(path: Path) -> Heard:
    document = json.loads(path.read_text(encoding="utf-8"))
    segments = document["segments"]
    quality = document.get("quality", {})
    return Heard(
        text=" ".join(segment["text"].strip() for segment in segments),
        words=tuple(
            Word(word["word"], word["start"], word["end"])
            for segment in segments
            for word in segment["words"]
        ),
        language=document["language"],
        probability=document["language_probability"],
        verdict=quality.get("verdict", ""),
        reasons=tuple(quality.get("reasons", ())),
        facts=document,
    )
