"""Whether words lie where they were said, as far as the borders of prompts tell."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from bench.alignment import align
from bench.corpus import Word
from real.heard import Heard
from real.recordings import Prompt, Recording
from real.words import normalise

_TOLERANCE = 0.5  # seconds that a word may start outside the prompt that it is of


@dataclass(frozen=True, slots=True)
class Timing:
    astray: int  # words whose start is not where their prompt is
    in_silence: int  # words where nobody says anything from their start to their end


def timing(recording: Recording, heard: Heard) -> Timing:
    prompts, language = recording.prompts, recording.language
    if not prompts or not language:
        return Timing(0, 0)
    said = [(plain, prompt) for prompt in prompts for plain in normalise(prompt.text, language)]
    written = [
        (plain, word) for word in heard.words for plain in normalise(word.text, language)
    ]
    pairs = align([plain for plain, _ in said], [plain for plain, _ in written]).pairs
    astray = {
        written[second][1]
        for first, second in pairs
        if _is_astray(written[second][1], said[first][1])
    }
    return Timing(len(astray), sum(_is_in_silence(word, prompts) for word in heard.words))


def _is_astray(word: Word, prompt: Prompt) -> bool:
    return not prompt.start - _TOLERANCE <= word.start <= prompt.end + _TOLERANCE


def _is_in_silence(word: Word, prompts: Sequence[Prompt]) -> bool:
    begun = bisect(prompts, word.start, key=lambda prompt: prompt.start)
    before = prompts[begun - 1].end if begun else 0.0
    after = prompts[begun].start if begun < len(prompts) else float("inf")
    return word.start >= before and word.end <= after
