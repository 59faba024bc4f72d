# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The model: features in, words out, through the public API of faster-whisper.

It decodes without timestamps. With timestamp tokens real Whisper weights stop early more often,
and on a GPU their rules slow down every batch; word times come from alignment either way. Beam
search follows several hypotheses, and the most probable one is taken, unless it is a loop that
aligns with no audio. Nothing is sampled, so the same audio gives the same words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
from faster_whisper import WhisperModel as FasterWhisper
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations
from numpy.typing import NDArray

from transcribid.domain.gate import DecodeResult
from transcribid.domain.loops import repetitive, soundless
from transcribid.domain.options import Task
from transcribid.domain.transcript import Word
from transcribid.engine.encoding import Encoded, Encoder, SameWidth

Result = TypeVar("Result")

FRAMES_PER_SECOND = 100
_FEWEST = 2  # frames that can be aligned
_LAST = 2  # tokens below the limit that still count as reaching it
_BEFORE, _AFTER = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - punctuation


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    task: Task
    beam_size: int  # hypotheses
    initial_prompt: str | None
    hotwords: str | None


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    tokens: list[int]  # text tokens only
    average_log_probability: float
    no_speech: float  # probability


class WhisperModel:
    """Thread-safe."""

    def __init__(self, loaded: FasterWhisper, *, trimmed: bool = False) -> None:
        """`trimmed`: windows get little padding (`encoder_width.py`)."""
        self._loaded = loaded
        self.trimmed = trimmed
        self._encoder = Encoder(loaded.model, self.mels, trimmed=trimmed)
        self._tokenizer = cache(self._new_tokenizer)

    @property
    def mels(self) -> int:
        return self._loaded.model.n_mels

    @property
    def multilingual(self) -> bool:
        return self._loaded.model.is_multilingual

    def encode(
        self,
        features: Sequence[NDArray[np.float32]],
        silence: float | None = None,
        *,
        full: Sequence[bool] | None = None,
    ) -> Encoded:
        """As `encoding.Encoder` does it."""
        return self._encoder.encode(features, silence, full=full)

    def detect_languages(self, encoded: Encoded) -> list[Mapping[str, float]]:
        """The probability of each language, for each window."""
        return _in_order(encoded, self._detect_languages)

    def _detect_languages(self, part: SameWidth) -> list[Mapping[str, float]]:
        found = self._loaded.model.detect_language(part.output)
        return [{token[2:-2]: rounded(chance) for token, chance in window} for window in found]

    def decode(
        self,
        encoded: Encoded,
        frames: Sequence[int],
        languages: Sequence[str],
        options: DecodingOptions,
        before: str = "",
    ) -> list[DecodeResult]:
        """One result for each window, with times relative to it.

        `before` is the preceding text, which conditions style and spelling.
        """

        def decode_part(part: SameWidth) -> list[DecodeResult]:
            lengths = [frames[row] for row in part.rows]
            spoken = [languages[row] for row in part.rows]
            return self._decode(part, lengths, spoken, options, before)

        return _in_order(encoded, decode_part)

    def _decode(
        self,
        encoded: SameWidth,
        frames: Sequence[int],
        languages: Sequence[str],
        options: DecodingOptions,
        before: str,
    ) -> list[DecodeResult]:
        prompts = [self._prompt(language, options, before) for language in languages]
        found = self._search(
            encoded.output, prompts, self._tokenizer(languages[0], options.task), options
        )
        chosen = [each[0] for each in found]
        words = self._align(encoded, frames, languages, chosen, options.task)
        if any(map(soundless, words)):  # loops that align with no audio
            chosen = [
                self._sane(hypotheses, language, options.task)
                if soundless(aligned)
                else hypotheses[0]
                for hypotheses, language, aligned in zip(found, languages, words, strict=True)
            ]
            words = self._align(encoded, frames, languages, chosen, options.task)
        return [
            DecodeResult(
                aligned,
                len(each.tokens),
                self._had_to_stop(prompt, each.tokens),
                rounded(each.average_log_probability),
                rounded(each.no_speech),
            )
            for prompt, each, aligned in zip(prompts, chosen, words, strict=True)
        ]

    def _search(
        self,
        encoded: Any,
        prompts: list[list[int]],
        tokenizer: Tokenizer,
        options: DecodingOptions,
    ) -> list[list[_Hypothesis]]:
        """The hypotheses for each window, the most probable first."""
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
        return [_hypotheses(each, tokenizer) for each in found]

    def _sane(
        self, hypotheses: Sequence[_Hypothesis], language: str, task: Task
    ) -> _Hypothesis:
        """The most probable one that is not repetitive; the most probable one if all are."""
        tokenizer = self._tokenizer(language, task)
        sane = (each for each in hypotheses if not repetitive(tokenizer.decode(each.tokens)))
        return next(sane, hypotheses[0])

    def _had_to_stop(self, prompt: Sequence[int], tokens: Sequence[int]) -> bool:
        """Text gets half of all positions, or fewer after a long prompt."""
        most = self._loaded.max_length
        return len(tokens) >= min(most // 2, most - len(prompt)) - _LAST

    def _align(
        self,
        encoded: SameWidth,
        frames: Sequence[int],
        languages: Sequence[str],
        chosen: Sequence[_Hypothesis],
        task: Task,
    ) -> list[tuple[Word, ...]]:
        """Singly on a CPU, where a batch is no faster.

        In a batch CTranslate2 normalizes attention over the longest text, so that times may
        move by a frame (0.02 s) with the neighbours. There the whole batch is aligned once
        per language; each window uses its own language's.
        """
        texts = [each.tokens for each in chosen]
        lengths = [max(_FEWEST, each) for each in frames]
        aligned: list[list[dict[str, Any]]] = []
        if encoded.single:
            for at, language in enumerate(languages):
                tokenizer = self._tokenizer(language, task)
                output, text, length = encoded.single[at], texts[at], lengths[at]
                aligned += self._find_alignment(tokenizer, [text], output, [length])
        else:
            by_language = {
                language: self._find_alignment(
                    self._tokenizer(language, task), texts, encoded.output, lengths
                )
                for language in sorted(set(languages))
            }
            aligned = [by_language[language][at] for at, language in enumerate(languages)]
        return list(map(_words, aligned))

    def _find_alignment(
        self,
        tokenizer: Tokenizer,
        texts: Sequence[Sequence[int]],
        output: Any,
        frames: Sequence[int],
    ) -> list[list[dict[str, Any]]]:
        find: Any = self._loaded.find_alignment  # annotated for a single window
        return find(tokenizer, texts, output, frames)

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


def _in_order(
    encoded: Encoded, results: Callable[[SameWidth], Sequence[Result]]
) -> list[Result]:
    """The results of all windows, in the order of the batch."""
    found = {
        row: result
        for part in encoded.parts
        for row, result in zip(part.rows, results(part), strict=True)
    }
    return [found[row] for row in sorted(found)]


def _hypotheses(found: Any, tokenizer: Tokenizer) -> list[_Hypothesis]:
    """The most probable first."""
    return [
        _Hypothesis(
            [token for token in tokens if token < tokenizer.eot],
            float(score * len(tokens) / (len(tokens) + 1)),  # counts the end-of-text token
            float(found.no_speech_prob),
        )
        for tokens, score in zip(found.sequences_ids, found.scores, strict=True)
    ]


def rounded(probability: float) -> float:
    """Drops the last bits, which differ between processors."""
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
