# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The model: features in, words out, through the public pieces of faster-whisper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations
from numpy.typing import NDArray

from transcribid.domain.gate import Answer
from transcribid.domain.options import Options, Task
from transcribid.domain.transcript import Word

COLUMNS = 3000  # that the encoder sees: 30 seconds
COLUMNS_PER_SECOND = 100
_LATEST_START = 75  # of the first timestamp, in fiftieths of a second
_BEFORE, _AFTER = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - punctuation


Encoded = Any
"""A batch of windows as the encoder left it, on the device."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How to listen to a batch of windows."""

    options: Options
    beam_size: int
    timestamps: bool  # let the model write times too: it skips less, but batches slower


class Ears:
    """Every method may be called from several threads."""

    def __init__(self, model: WhisperModel) -> None:
        self._model = model
        self._tokenizer = cache(self._new_tokenizer)

    @property
    def mels(self) -> int:
        return self._model.model.n_mels

    @property
    def multilingual(self) -> bool:
        return self._model.model.is_multilingual

    def encode(self, features: Sequence[NDArray[np.float32]]) -> Encoded:
        """Of shapes (mels, columns), at most 3000 columns; shorter ones are padded."""
        batch = np.zeros((len(features), self.mels, COLUMNS), np.float32)
        for row, each in zip(batch, features, strict=True):
            row[:, : each.shape[1]] = each
        return self._model.model.encode(ctranslate2.StorageView.from_array(batch))

    def languages(self, encoded: Encoded) -> list[Mapping[str, float]]:
        """The probability of each language, for each window."""
        found = self._model.model.detect_language(encoded)
        return [{token[2:-2]: chance for token, chance in window} for window in found]

    def listen(
        self,
        encoded: Encoded,
        columns: Sequence[int],
        languages: Sequence[str],
        manner: Manner,
    ) -> list[Answer]:
        """One answer for each window, with times in the window."""
        options = manner.options
        prompts = [self._prompt(language, manner) for language in languages]
        tokenizer = self._tokenizer(languages[0], options.task)
        found = self._model.model.generate(
            encoded,
            prompts,
            beam_size=manner.beam_size,
            suppress_tokens=list(get_suppressed_tokens(tokenizer, (-1,)) or ()),
            max_length=self._model.max_length,
            max_initial_timestamp_index=_LATEST_START,
            return_scores=True,
            return_no_speech_prob=True,
        )
        texts = [
            [token for token in each.sequences_ids[0] if token < tokenizer.eot]
            for each in found
        ]
        words = self._aligned(encoded, columns, languages, texts, options.task)
        return [_answer(each, heard) for each, heard in zip(found, words, strict=True)]

    def _aligned(
        self,
        encoded: Encoded,
        columns: Sequence[int],
        languages: Sequence[str],
        texts: Sequence[list[int]],
        task: Task,
    ) -> list[tuple[Word, ...]]:
        """All windows are aligned once for each language; each takes those of its own."""
        find: Any = self._model.find_alignment  # its annotations are of one window
        aligned: dict[str, Any] = {}
        for language in sorted(set(languages)):
            tokenizer = self._tokenizer(language, task)
            aligned[language] = find(tokenizer, list(texts), encoded, list(columns))
        return [_words(aligned[language][at]) for at, language in enumerate(languages)]

    def _prompt(self, language: str, manner: Manner) -> list[int]:
        options = manner.options
        tokenizer = self._tokenizer(language, options.task)
        before = options.initial_prompt
        return self._model.get_prompt(
            tokenizer,
            tokenizer.encode(" " + before.strip()) if before else [],
            without_timestamps=not manner.timestamps,
            hotwords=options.hotwords,
        )

    def _new_tokenizer(self, language: str, task: Task) -> Tokenizer:
        return Tokenizer(
            self._model.hf_tokenizer, self.multilingual, task=task, language=language
        )


def _answer(found: Any, words: tuple[Word, ...]) -> Answer:
    tokens = len(found.sequences_ids[0])
    total = found.scores[0] * tokens if tokens else 0.0  # the score is the mean over them
    return Answer(
        words=words,
        tokens=tokens,
        average_log_probability=float(total / (tokens + 1)),  # with the end of text
        no_speech_probability=float(found.no_speech_prob),
    )


def _words(alignment: list[dict[str, Any]]) -> tuple[Word, ...]:
    merge_punctuations(alignment, _BEFORE, _AFTER)
    return tuple(
        Word(float(each["start"]), float(each["end"]), each["word"], float(each["probability"]))
        for each in alignment
        if each["word"]
    )
