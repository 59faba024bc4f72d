# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The model: features in, words out, through the public API of faster-whisper.

It decodes without timestamps. With timestamp tokens real Whisper weights stop early more often,
and on a GPU their rules slow down every batch; word times come from alignment either way. Beam
search follows several hypotheses, and the most probable one is taken, unless it is a loop that
aligns with no audio. Nothing is sampled, so the same audio gives the same words.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

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
from transcribid.engine.encoder_width import width

Result = TypeVar("Result")

FRAMES_PER_SECOND = 100
_FEWEST = 2  # frames that can be aligned
_LAST = 2  # tokens below the limit that still count as reaching it
_BEFORE, _AFTER = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - punctuation


@dataclass(frozen=True, slots=True)
class _SameWidth:
    """Encoder output for windows of one width, on the device."""

    rows: tuple[int, ...]  # indices of the windows in the batch
    output: Any


@dataclass(frozen=True, slots=True)
class Encoded:
    """Encoder output for a batch of windows."""

    parts: tuple[_SameWidth, ...]


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
        """Encode `features` of shapes (mels, frames), at most 3000 frames; one pass per width.

        `full`: which ones get full padding, whatever the model; none if omitted.

        The padding is silence: the floor of the spectrogram, which is its minimum unless
        `silence` is given (openai/whisper pads the samples before it computes one). Zero, with
        which faster-whisper pads spectrograms, is not silent, nor what Whisper was trained on.
        """
        rows: dict[int, list[int]] = defaultdict(list)
        for row, each in enumerate(features):
            trimmed = self.trimmed and not (full and full[row])
            rows[width(each.shape[1], trimmed=trimmed)].append(row)
        return Encoded(
            tuple(
                _SameWidth(
                    tuple(rows[wide]),
                    self._encode([features[row] for row in rows[wide]], wide, silence),
                )
                for wide in sorted(rows)
            )
        )

    def _encode(
        self, features: Sequence[NDArray[np.float32]], wide: int, silence: float | None
    ) -> Any:
        batch = np.empty((len(features), self.mels, wide), np.float32)
        for row, each in zip(batch, features, strict=True):
            row[:, : each.shape[1]] = each
            row[:, each.shape[1] :] = each.min(initial=0.0) if silence is None else silence
        return self._loaded.model.encode(ctranslate2.StorageView.from_array(batch))

    def detect_languages(self, encoded: Encoded) -> list[Mapping[str, float]]:
        """The probability of each language, for each window."""
        return _in_order(encoded, self._detect_languages)

    def _detect_languages(self, part: _SameWidth) -> list[Mapping[str, float]]:
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

        def decode_part(part: _SameWidth) -> list[DecodeResult]:
            lengths = [frames[row] for row in part.rows]
            spoken = [languages[row] for row in part.rows]
            return self._decode(part.output, lengths, spoken, options, before)

        return _in_order(encoded, decode_part)

    def _decode(
        self,
        encoded: Any,
        frames: Sequence[int],
        languages: Sequence[str],
        options: DecodingOptions,
        before: str,
    ) -> list[DecodeResult]:
        prompts = [self._prompt(language, options, before) for language in languages]
        found = self._search(
            encoded, prompts, self._tokenizer(languages[0], options.task), options
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
        encoded: Any,
        frames: Sequence[int],
        languages: Sequence[str],
        chosen: Sequence[_Hypothesis],
        task: Task,
    ) -> list[tuple[Word, ...]]:
        """Align the whole batch once per language; each window uses its own language's."""
        find: Any = self._loaded.find_alignment  # annotated for a single window
        texts = [each.tokens for each in chosen]
        lengths = [max(_FEWEST, each) for each in frames]
        aligned: dict[str, Any] = {}
        for language in sorted(set(languages)):
            tokenizer = self._tokenizer(language, task)
            aligned[language] = find(tokenizer, texts, encoded, lengths)
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


def _in_order(
    encoded: Encoded, results: Callable[[_SameWidth], Sequence[Result]]
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
