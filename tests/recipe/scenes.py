"""Recordings put together from sentences and voices that were held out from training."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice, takewhile
from random import Random

import numpy as np

from recipe import noise
from recipe.utterances import RATE, Samples, Spoken, Utterance, mixed


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    language: str
    sentences: tuple[Utterance, ...]
    audio: Samples

    @property
    def text(self) -> str:
        return "".join(f"{sentence.text}\n" for sentence in self.sentences)


class Director:
    """Takes every utterance once before any comes again."""

    def __init__(self, spoken: Spoken, seed: int) -> None:
        self._random = Random(seed)
        self._casts = {
            language: cycle(self._random.sample(utterances, len(utterances)))
            for language, utterances in spoken.items()
        }

    def sentences(self, language: str, count: int, *, ratio: float | None = None) -> Scene:
        """With noise so many decibels below the voices, or none."""
        return self._scene(list(islice(self._spoken(language), count)), ratio)

    def seconds(self, language: str, seconds: float, *, ratio: float | None = None) -> Scene:
        spoken = takewhile(lambda each: each.begin < seconds - 4, self._spoken(language))
        return self._scene(list(spoken), ratio)

    def _spoken(self, language: str) -> Iterator[Utterance]:
        audible = (
            scaled(each, noise.decibels(self._random.uniform(-5, 0)) / 32768)
            for each in self._casts[language]
        )
        return arranged(audible, self._pauses())

    def _pauses(self) -> Iterator[float]:
        yield self._random.uniform(0.1, 0.8)
        while True:
            yield self._random.uniform(0.3, 1.6)

    def _scene(self, sentences: list[Utterance], ratio: float | None) -> Scene:
        end = sentences[-1].end + self._random.uniform(0.3, 1.6)
        audio = mixed(sentences, int(end * RATE))
        if ratio is not None:
            loudness = audio[np.abs(audio) > 0.005].std()
            slope = self._random.choice((0.0, -0.5))
            hiss = noise.coloured(len(audio), slope, self._random)
            audio += hiss * loudness * noise.decibels(-ratio)
        audio *= self._random.uniform(0.2, 0.9) / np.abs(audio).max()
        return Scene(sentences[0].language, tuple(sentences), audio)


def arranged(utterances: Iterable[Utterance], pauses: Iterable[float]) -> Iterator[Utterance]:
    """One after the other, each after its pause."""
    begin = 0.0
    for utterance, pause in zip(utterances, pauses, strict=False):
        placed = utterance.at(begin + pause)
        begin = placed.end
        yield placed


def scaled(utterance: Utterance, factor: float) -> Utterance:
    return replace(utterance, audio=utterance.audio.astype(np.float32) * factor)
