"""Conversations of one, two or three voices, put together from sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from recipe import noise
from recipe.scenes import scaled
from recipe.utterances import RATE, Samples, Utterance, mixed

Spoken = Mapping[str, Sequence[Utterance]]  # by voice


@dataclass(frozen=True, slots=True)
class Turn:
    """One sentence; two may overlap."""

    voice: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    audio: Samples  # int16
    turns: tuple[Turn, ...]

    @property
    def voices(self) -> list[str]:
        return sorted({turn.voice for turn in self.turns})

    def activity(self, times: NDArray[np.float64], voices: int) -> NDArray[np.bool_]:
        """Who speaks at which time: (times, voices)."""
        active = np.zeros((len(times), voices), bool)
        for turn in self.turns:
            speaks = (turn.start <= times) & (times < turn.end)
            active[:, self.voices.index(turn.voice)] |= speaks
        return active


def mixture(spoken: Spoken, voices: int, seconds: float, random: Random) -> Mixture:
    """Of at most so many voices: not everyone may have a turn."""
    chosen = random.sample(sorted(spoken), voices)
    placed = list(_conversation(spoken, chosen, seconds, random)) if chosen else []
    audio = mixed(map(_after_zero, placed), int(seconds * RATE))
    loudness = float(audio[np.abs(audio) > 0.01].std()) if placed else 0.1
    audio = noise.spoiled(audio, loudness, random)
    turns = [
        Turn(each.voice, each.words[0].start, min(each.words[-1].end, seconds))
        for each in placed
        if each.words[-1].end > 0 and each.words[0].start < seconds
    ]
    return Mixture((np.clip(audio, -1, 1) * 32767).astype(np.int16), tuple(turns))


def mixtures(spoken: Spoken, count: int, seconds: float, seed: int) -> Iterator[Mixture]:
    random = Random(seed)
    for _ in range(count):
        (voices,) = random.choices((0, 1, 2, 3), (5, 25, 40, 30))
        yield mixture(spoken, voices, seconds, random)


def _conversation(
    spoken: Spoken, voices: Sequence[str], seconds: float, random: Random
) -> Iterator[Utterance]:
    """Begins anywhere in a turn: most 10 seconds of a meeting do."""
    levels = {voice: noise.decibels(random.uniform(-8, 0)) for voice in voices}
    voice, time = random.choice(voices), random.choice((-2.0, 0.0, 0.3))
    while time < seconds:
        for _ in range(random.choice((1, 1, 2, 3))):
            sentence = _levelled(random.choice(spoken[voice]), levels[voice]).at(time)
            yield sentence
            time = sentence.end + random.uniform(0.05, 0.6)
        time += _pause(random)
        if len(voices) > 1:
            voice = random.choice([other for other in voices if other != voice])


def _pause(random: Random) -> float:
    """Mostly a pause; at times one voice interrupts the other."""
    kind = random.random()
    if kind < 0.3:
        return random.uniform(-1.5, -0.3)
    return random.uniform(0.0, 0.8) if kind < 0.9 else random.uniform(1, 4)


def _levelled(sentence: Utterance, level: float) -> Utterance:
    return scaled(sentence, 0.6 * level / (np.abs(sentence.audio.astype(np.float32)).max() + 1))


def _after_zero(sentence: Utterance) -> Utterance:
    """Without what was spoken before the recording."""
    if sentence.begin >= 0:
        return sentence
    audio = sentence.audio[int(-sentence.begin * RATE) :]
    return replace(sentence, words=(), audio=audio, begin=0.0)
