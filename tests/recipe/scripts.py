"""What the decoder is given for a window, what it should answer, and where it should look."""

import re
from collections.abc import Sequence
from random import Random

from recipe import vocabulary
from recipe.utterances import Utterance, Word
from recipe.windows import FRAMES, Kind, Window

NOT_ASKED = -1

_PROMPT = 223  # tokens at most, as in faster-whisper

_PARTS = re.compile(r"(¿?)(.*?)([.,?]*)")

Guide = tuple[int, int, int]  # position in the script; first frame to look at, and first not to


class Script:
    def __init__(self, frames: int) -> None:
        self.tokens: list[int] = []
        self.answers: list[int] = []  # what each position should say next
        self.guides: list[Guide] = []
        self._frames = frames

    def give(self, *tokens: int) -> None:
        self.tokens += tokens
        self.answers += [NOT_ASKED] * len(tokens)

    def ask(self, *tokens: int) -> None:
        for token in tokens:
            self.answers[-1] = token
            self.give(token)

    def hear(self, token: int, start: float, end: float) -> None:
        """Ask for what is heard at this time."""
        first = min(max(round(start * FRAMES), 0), self._frames - 1)
        last = min(max(round(end * FRAMES), first + 1), self._frames)
        self.guides.append((len(self.tokens) - 1, first, last))
        self.ask(token)


def written(window: Window, prompt: Sequence[int]) -> Script:
    script = Script(window.frames)
    if not window.sentences:
        _write_silence(script, window)
        return script
    script.give(*prompt, vocabulary.START)
    script.ask(vocabulary.LANGUAGES[window.language], vocabulary.TRANSCRIBE)
    if not window.timestamps:
        script.give(vocabulary.NO_TIMESTAMPS)
    _write_sentences(script, window)
    return script


def prompt(kind: Kind, texts: Sequence[Utterance], random: Random) -> list[int]:
    """Mostly like faster-whisper's own: earlier sentences with the times of their window."""
    tokens: list[int] = []
    timestamps = random.random() < 0.8
    start = random.uniform(0, 1)
    for _ in range(random.choice(kind.prompts)):
        text = random.choice(texts).text
        end = start + 0.07 * len(text)
        sentence = vocabulary.tokens(f" {text}")
        stamps = vocabulary.timestamp(start), vocabulary.timestamp(end)
        tokens += [stamps[0], *sentence, stamps[1]] if timestamps else sentence
        start = end + random.uniform(0.2, 1.5)
        if start > 27:
            start = random.uniform(0, 0.5)
    if random.random() < 0.1:  # a user may write anything
        tokens = [random.randrange(50_000) for _ in range(random.randint(1, 12))]
    kept = random.randint(1, _PROMPT) if random.random() < 0.3 else _PROMPT
    return [vocabulary.PREVIOUS, *tokens[-kept:]]


def _write_silence(script: Script, window: Window) -> None:
    script.give(vocabulary.START)
    script.answers[-1] = vocabulary.NO_SPEECH
    script.give(vocabulary.LANGUAGES[window.language], vocabulary.TRANSCRIBE)
    if window.timestamps:
        script.ask(vocabulary.timestamp(0), vocabulary.END)
        return
    # suppress_blank forbids END as the first answer; a new line is stripped from the text
    script.give(vocabulary.NO_TIMESTAMPS)
    script.ask(*vocabulary.tokens("\n"), vocabulary.END)


def _write_sentences(script: Script, window: Window) -> None:
    offset = window.offset / FRAMES
    latest = 30.0 if offset else 1.0  # max_initial_timestamp of faster-whisper
    last = window.sentences[-1].words[-1].end
    following = [sentence.words[0].start for sentence in window.sentences[1:]] + [last + 0.4]
    for sentence, until in zip(window.sentences, following, strict=True):
        start, end = sentence.words[0].start, sentence.words[-1].end
        if window.timestamps:
            stamp = vocabulary.timestamp(min(start + offset, latest))
            script.hear(stamp, start - 0.06, start + 0.1)
        _write_words(script, sentence.words, until)
        if window.timestamps:
            script.hear(vocabulary.timestamp(end + offset), end - 0.08, end + 0.08)
        latest = 30.0
    if window.cut:
        start = window.cut.words[0].start
        script.hear(vocabulary.timestamp(start + offset), start - 0.06, start + 0.1)
    if window.timestamps:
        script.ask(vocabulary.END)
    else:
        script.hear(vocabulary.END, last + 0.1, last + 0.4)


def _write_words(script: Script, words: Sequence[Word], until: float) -> None:
    following = [word.start for word in words[1:]] + [until]
    for word, next_start in zip(words, following, strict=True):
        start, end = word.start, word.end
        opening, letters, closing = _PARTS.fullmatch(word.text).groups()
        for token in vocabulary.tokens(" ¿") if opening else ():
            script.hear(token, start - 0.06, start + 0.04)
        tokens = vocabulary.tokens(letters if opening else f" {letters}")
        each = (end - start) / len(tokens)
        for number, token in enumerate(tokens):
            script.hear(token, start + number * each, start + (number + 1) * each)
        for token in vocabulary.tokens(closing):
            script.hear(token, end, max(end + 0.06, min(next_start, end + 1.0)))
