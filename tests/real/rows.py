"""Every recording with its facts, for those who want to look closer."""

from collections.abc import Iterator

from real.figures import Figures, Score
from real.programs import Program, Setup

Row = dict[str, object]

_ELSEWHERE = ("text", "language", "language_probability", "quality")
_OF_NO_USE = ("schema", "task", "source", "options", "outputs", "engine")


def rows(name: str, setup: Setup, program: Program, figures: Figures) -> Iterator[Row]:
    """`name` is that of the set."""
    for score in figures.scores:
        yield {
            "set": name,
            "model": setup.model,
            "languages": setup.languages,
            "program": program,
            **_row(score),
            "set_processor_seconds": figures.cost.processor_seconds,
            "set_seconds": figures.cost.seconds,
        }


def _row(score: Score) -> Row:
    recording, heard, words = score.recording, score.heard, score.words
    return {
        "file": recording.path.name,
        "seconds": round(recording.seconds, 2),
        "language": recording.language,
        "reference": recording.text,
        "heard": heard.text,
        "said": words.said,
        "substituted": words.substituted,
        "inserted": words.inserted,
        "missing": words.missing,
        "astray": score.timing.astray,
        "in_silence": score.timing.in_silence,
        "verdict": heard.verdict,
        "reasons": heard.reasons,
        "heard_language": heard.language,
        "language_probability": heard.probability,
        "facts": {
            key: value
            for key, value in heard.facts.items()
            if key not in (*_ELSEWHERE, *_OF_NO_USE)
        },
    }
