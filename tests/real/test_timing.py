"""Words against the borders of the prompts that they belong to."""

from pathlib import Path

from bench.corpus import Word
from real.heard import Heard
from real.recordings import Prompt, Recording
from real.timing import Timing, timing

PROMPTS = (Prompt(0.0, 1.0, "good morning"), Prompt(3.0, 4.0, "press 1"))
RECORDING = Recording(Path("x.wav"), "en", "good morning press 1", 4.0, PROMPTS)


def timed(*words: Word) -> Timing:
    return timing(RECORDING, Heard("", words, "en", 1.0, "", (), {}))


def test_words_within_their_prompts_are_where_they_belong() -> None:
    words = (Word("Good", 0.1, 0.4), Word("morning.", 0.4, 0.9), Word("one", 3.6, 3.9))

    assert timed(*words) == Timing(astray=0, in_silence=0)


def test_a_word_in_another_prompt_is_astray() -> None:
    assert timed(Word("morning", 3.1, 3.5)) == Timing(astray=1, in_silence=0)


def test_half_a_second_outside_is_near_enough() -> None:
    words = (Word("morning", 1.2, 3.1), Word("press", 2.6, 3.2))

    assert timed(*words) == Timing(astray=0, in_silence=0)


def test_a_word_between_prompts_lies_in_silence() -> None:
    words = (Word("Thanks", 1.5, 2.0), Word("after", 4.0, 4.2))

    assert timed(*words) == Timing(astray=0, in_silence=2)
