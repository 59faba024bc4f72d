"""Problems of a configuration, and where they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

Key = tuple[str | int, ...]  # ("outputs", "formats", 1)


@dataclass(frozen=True, slots=True)
class Problem:
    place: str
    line: int | None
    key: str  # as dotted() writes it; empty: the place as a whole
    message: str

    def __str__(self) -> str:
        origin = str(Origin(self.place, self.line))
        return ": ".join(part for part in (origin, self.key, self.message) if part)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a key is set."""

    place: str  # a file, "environment WHISPER_MODEL" or "command line --model"
    line: int | None = None

    def __str__(self) -> str:
        return self.place if self.line is None else f"{self.place}:{self.line}"

    def problem(self, key: Key, message: str) -> Problem:
        return Problem(self.place, self.line, dotted(key), message)


DEFAULT = Origin("default")


class ConfigError(Exception):
    """All problems of a configuration; its text is the report."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def dotted(key: Key) -> str:
    """The key in dotted form: outputs.formats[1]."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return "".join(parts).removeprefix(".")


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Empty if no word is close; the first letter is assumed to be right."""
    candidates = [each for each in words if each[:1] == word[:1]]
    near = get_close_matches(word, candidates, n=1)
    return f"did you mean {near[0]!r}?" if near else ""
