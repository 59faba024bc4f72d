# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The model: features in, words out, through the public pieces of faster-whisper.

The model writes no times. With timestamp tokens real Whisper weights stop early more often, and
on a GPU their rules hold up every batch; the times of words come from alignment either way.
Hypotheses are followed by beam search, and the likeliest is taken, unless it goes round in
circles without any sound for it. Nothing is sampled, so the same sound gives the same words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel as FasterWhisper
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations
from numpy.typing import NDArray

from transcribid.domain.gate import DecodeResult
from transcribid.domain.loops import repetitive, soundless
from transcribid.domain.options import Task
from transcribid.domain.transcript import Word

FRAMES = 3000  # of the mel spectrogram, that the encoder sees: 30 seconds
FRAMES_PER_SECOND = 100
_FEWEST = 2  # frames that can be aligned
_LAST = 2  # tokens before the limit, from which on the model had to stop
_BEFORE, _AFTER = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - punctuation


Encoded = Any
"""A batch of windows as the encoder left it, on the device."""


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    task: Task
    beam_size: int  # hypotheses
    initial_prompt: str | None
    hotwords: str | None


class WhisperModel:
    """Every method may be called from several threads."""

    def __init__(self, loaded: FasterWhisper) -> None:
        self._loaded = loaded
        self._tokenizer = cache(self._new_tokenizer)

    @property
    def mels(self) -> int:
        return self._loaded.model.n_mels

    @property
    def multilingual(self) -> bool:
        return self._loaded.model.is_multilingual

    def encode(
        self, features: Sequence[NDArray[np.float32]], silence: float | None = None
    ) -> Encoded:
        """Of shapes (mels, frames), at most 3000 frames.

        Shorter ones are followed by silence: the floor of a spectrogram, its least value unless
        `silence` says better (openai/whisper pads the sound before it computes one). Zero, with
        which faster-whisper pads spectrograms, is not silent, nor what Whisper was trained on.
        """
        batch = np.empty((len(features), self.mels, FRAMES), np.float32)
        for row, each in zip(batch, features, strict=True):
            row[:, : each.shape[1]] = each
            row[:, each.shape[1] :] = each.min(initial=0.0) if silence is None else silence
        return self._loaded.model.encode(ctranslate2.StorageView.from_array(batch))

    def detect_languages(self, encoded: Encoded) -> list[Mapping[str, float]]:
        """The probability of each language, for each window."""
        found = self._loaded.model.detect_language(encoded)
        return [{token[2:-2]: rounded(chance) for token, chance in window} for window in found]

    def decode(
        self,
        encoded: Encoded,
        frames: Sequence[int],
        languages: Sequence[str],
        options: DecodingOptions,
        before: str = "",
    ) -> list[DecodeResult]:
        """One result for each window, with times in the window.

        `before` is the text that comes before the sound, and sets style and spelling.
        """
        tokenizer = self._tokenizer(languages[0], options.task)
        prompts = [self._prompt(language, options, before) for language in languages]
        found = self._loaded.model.generate(
            encoded,
            prompts,
            beam_size=options.beam_size,
            num_hypotheses=options.beam_size,
            suppress_tokens=list(get_suppressed_tokens(tokenizer, (-1,)) or ()),
            max_length=self._loaded.max_length,
            return_scores=True,
            return_no_speech_prob=True,
        )
        chosen = [_hypotheses(each, tokenizer)[0] for each in found]
        texts = [each.tokens for each in chosen]
        words = self._align(encoded, frames, languages, texts, options.task)
        if any(map(soundless, words)):  # loops that nobody said
            sane = [_sane(each, tokenizer) for each in found]
            chosen = [
                other if soundless(said) else each
                for each, other, said in zip(chosen, sane, words, strict=True)
            ]
            texts = [each.tokens for each in chosen]
            words = self._align(encoded, frames, languages, texts, options.task)
        return [
            DecodeResult(
                said,
                len(each.tokens),
                len(prompt) + len(each.tokens) >= self._loaded.max_length - _LAST
                or len(each.tokens) >= self._loaded.max_length // 2 - _LAST,
                rounded(each.average_log_probability),
                rounded(each.no_speech),
            )
            for prompt, each, said in zip(prompts, chosen, words, strict=True)
        ]

    def _align(
        self,
        encoded: Encoded,
        frames: Sequence[int],
        languages: Sequence[str],
        texts: Sequence[list[int]],
        task: Task,
    ) -> list[tuple[Word, ...]]:
        """All windows are aligned once for each language; each takes those of its own."""
        find: Any = self._loaded.find_alignment  # its annotations are of one window
        lengths = [max(_FEWEST, each) for each in frames]
        aligned: dict[str, Any] = {}
        for language in sorted(set(languages)):
            tokenizer = self._tokenizer(language, task)
            aligned[language] = find(tokenizer, list(texts), encoded, lengths)
        return [_words(aligned[language][at]) for at, language in enumerate(languages)]

    def _prompt(self, language: str, options: DecodingOptions, before: str) -> list[int]:
        tokenizer = self._tokenizer(language, options.task)
        text = " ".join(filter(None, [options.initial_prompt, before])).strip()
        hotwords = tokenizer.encode(" " + options.hotwords) if options.hotwords else []
        room = max(0, self._loaded.max_length // 2 - 1 - len(hotwords))
        earlier = tokenizer.encode(" " + text) if text else []
        return self._loaded.get_prompt(
            tokenizer,
            earlier[max(0, len(earlier) - room) :] if room else [],
            without_timestamps=True,
            hotwords=options.hotwords,
        )

    def _new_tokenizer(self, language: str, task: Task) -> Tokenizer:
        return Tokenizer(
            self._loaded.hf_tokenizer, self.multilingual, task=task, language=language
        )


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    tokens: list[int]  # of text
    average_log_probability: float
    no_speech: float  # probability


def _hypotheses(found: Any, tokenizer: Tokenizer) -> list[_Hypothesis]:
    """The likeliest first."""
    return [
        _Hypothesis(
            [token for token in tokens if token < tokenizer.eot],
            float(score * len(tokens) / (len(tokens) + 1)),  # with the end of text
            float(found.no_speech_prob),
        )
        for tokens, score in zip(found.sequences_ids, found.scores, strict=True)
    ]


def _sane(found: Any, tokenizer: Tokenizer) -> _Hypothesis:
    """The likeliest that does not go round in circles; the likeliest if all do."""
    hypotheses = _hypotheses(found, tokenizer)
    sane = (each for each in hypotheses if not repetitive(tokenizer.decode(each.tokens)))
    return next(sane, hypotheses[0])


def rounded(probability: float) -> float:
    """Without the last bits, which differ from one processor to another."""
    return round(float(probability), 4)


def _words(alignment: list[dict[str, Any]]) -> tuple[Word, ...]:
    merge_punctuations(alignment, _BEFORE, _AFTER)
    return tuple(
        Word(
            float(each["start"]), float(each["end"]), each["word"], rounded(each["probability"])
        )
        for each in alignment
        if each["word"]
    )
