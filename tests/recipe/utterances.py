"""Spoken sentences: what is said, how it sounds, and when each word is heard."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

RATE = 16_000  # samples per second

Samples = NDArray[Any]  # int16 on disk, float32 from -1 to 1 once mixed


@dataclass(frozen=True, slots=True)
class Word:
    text: str  # with its capitals and punctuation
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    language: str
    text: str
    voice: str
    words: tuple[Word, ...]
    audio: Samples
    begin: float = 0.0  # when the audio begins; the words count from the same zero

    @property
    def end(self) -> float:
        return self.begin + len(self.audio) / RATE

    def at(self, begin: float) -> Self:
        return replace(self, words=_moved(self.words, begin - self.begin), begin=begin)


Spoken = Mapping[str, Sequence[Utterance]]  # by language


def trimmed(utterance: Utterance) -> Utterance:
    """Only the words, in order and with a breath around them."""
    words = _in_order(utterance.words)
    start = max(0.0, words[0].start - 0.03)
    end = words[-1].end + 0.06
    audio = utterance.audio[int(start * RATE) : int(end * RATE)]
    return replace(utterance, words=_moved(words, -start), audio=audio)


def mixed(utterances: Iterable[Utterance], samples: int) -> Samples:
    audio = np.zeros(samples, np.float32)
    for utterance in utterances:
        begin = int(utterance.begin * RATE)
        audible = utterance.audio[: max(0, samples - begin)]
        audio[begin : begin + len(audible)] += audible
    return audio


def save(folder: Path, split: str, utterances: Iterable[Utterance]) -> None:
    """The sound goes to one file, everything else to another, a line for each utterance."""
    sound = (folder / f"{split}.pcm").open("wb")
    lines = (folder / f"{split}.jsonl").open("w", encoding="utf-8")
    with sound, lines:
        for utterance in utterances:
            sound.write(utterance.audio.tobytes())
            lines.write(json.dumps(_line(utterance), ensure_ascii=False) + "\n")


def load(folder: Path, split: str) -> dict[str, list[Utterance]]:
    sound = np.memmap(folder / f"{split}.pcm", np.int16, "r")
    utterances: dict[str, list[Utterance]] = {}
    first = 0
    for line in (folder / f"{split}.jsonl").read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        samples = fields.pop("samples")
        words = tuple(Word(**word) for word in fields.pop("words"))
        audio = np.asarray(sound[first : first + samples])
        utterance = Utterance(**fields, words=words, audio=audio)
        utterances.setdefault(utterance.language, []).append(utterance)
        first += samples
    return utterances


def _line(utterance: Utterance) -> dict[str, Any]:
    return {
        "language": utterance.language,
        "text": utterance.text,
        "voice": utterance.voice,
        "words": [asdict(word) for word in utterance.words],
        "samples": len(utterance.audio),
    }


def _moved(words: tuple[Word, ...], by: float) -> tuple[Word, ...]:
    return tuple(Word(word.text, word.start + by, word.end + by) for word in words)


def _in_order(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """No word before the one it follows, and none too short to be heard."""
    ordered: list[Word] = []
    last = 0.0
    for word in words:
        start = max(word.start, last)
        last = max(word.end, start + 0.03)
        ordered.append(Word(word.text, start, last))
    return tuple(ordered)
