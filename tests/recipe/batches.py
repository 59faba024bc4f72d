"""Batches of windows, as tensors."""

from dataclasses import dataclass
from itertools import chain
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from recipe import features, grammar, scripts, vocabulary, windows
from recipe.scripts import NOT_ASKED, Script
from recipe.utterances import Spoken
from recipe.windows import FRAMES, Kind, Window

_LETTERS = {letter: n for n, letter in enumerate("abcdefghijklmnopqrstuvwxyzáéíóúñü", 1)}


@dataclass(frozen=True, slots=True)
class Batch:
    features: Tensor  # (windows, mels, 2 x frames)
    offsets: Tensor  # (windows)
    tokens: Tensor  # (windows, positions)
    answers: Tensor  # (windows, positions)
    words: Tensor  # (windows, frames): the word that is heard, 0 for none
    letters: Tensor  # (windows, frames): of that word, as if each took the same time
    guides: Tensor  # (guides, 4): window, position, first frame, frame after the last


def batch(kind: Kind, size: int, spoken: Spoken, random: Random) -> Batch:
    drawn = [windows.window(kind, spoken, random) for _ in range(size)]
    written = [scripts.written(window, _prompt(window, spoken, random)) for window in drawn]
    audio = np.stack([window.audio for window in drawn]).astype(np.float32)
    words, letters = zip(*map(_labels, drawn), strict=True)
    return Batch(
        features=features.log_mel(audio, [window.valid for window in drawn], random),
        offsets=torch.tensor([window.offset for window in drawn]),
        tokens=_padded([script.tokens for script in written], vocabulary.END),
        answers=_padded([script.answers for script in written], NOT_ASKED),
        words=torch.from_numpy(np.stack(words)),
        letters=torch.from_numpy(np.stack(letters)),
        guides=_guides(written),
    )


def _prompt(window: Window, spoken: Spoken, random: Random) -> list[int]:
    if random.random() > window.kind.prompted:
        return []
    return scripts.prompt(window.kind, spoken[window.language], random)


def _labels(window: Window) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    words = np.zeros(window.frames, np.int64)
    letters = np.zeros(window.frames, np.int64)
    heard = (*window.sentences, window.cut) if window.cut else window.sentences
    for word in chain.from_iterable(sentence.words for sentence in heard):
        plain = grammar.plain(word.text)
        first, last = int(word.start * FRAMES), int(word.end * FRAMES)
        frames = np.arange(first, min(last, window.frames))
        words[frames] = vocabulary.words()[plain]
        spelled = np.array([_LETTERS[letter] for letter in plain])
        letters[frames] = spelled[(frames - first) * len(plain) // (last - first)]
    return words, letters


def _padded(rows: list[list[int]], padding: int) -> Tensor:
    tensors = [torch.tensor(row) for row in rows]
    return pad_sequence(tensors, batch_first=True, padding_value=padding)


def _guides(written: list[Script]) -> Tensor:
    rows = [
        (window, *guide) for window, script in enumerate(written) for guide in script.guides
    ]
    return torch.tensor(rows).reshape(-1, 4)
