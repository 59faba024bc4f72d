"""Decodes a batch of windows, judges the results, and fills their gaps.

    features -> encode -> detect language -> beam search -> align -> judge -> fill gaps
                   (------------- shared by all windows of the batch ------)  one by one

Beam search follows five hypotheses. On real weights that is both more accurate and, with the
retries it saves, cheaper than greedy decoding with fallbacks (ARCHITECTURE.md, Why). Windows of
several recordings and languages share a batch; the text of one depends on no other.

The encoder's output is used for language, text and times alike. The model decodes without
timestamps (`engine/model.py` says why), so word times come from alignment: dynamic time warping
finds the best monotonic path through the cross-attention of tokens to audio frames
(openai/whisper, timing.py). Results are judged (`domain/gate.py`). Three retries are made, each
once and only where it was measured to help: in another language, where the language is open and
uncertain; without prompt and hotwords, where little came of them; and from a gap on, where
speech got no words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from transcribid.domain.gate import DecodeResult, may_be_silence
from transcribid.domain.options import Options, Profile
from transcribid.domain.window_result import WindowResult
from transcribid.engine.active_recording import Piece
from transcribid.engine.encoding import Encoded
from transcribid.engine.language_choice import SURE, Choice, choose
from transcribid.engine.model import DecodingOptions, WhisperModel, rounded
from transcribid.engine.window_decoding import WindowDecoding

_BEAM = {Profile.QUALITY: 5, Profile.FAST: 1}  # hypotheses
_CHECKED = 3  # windows of a recording whose language is detected although it was given


@dataclass(frozen=True, slots=True)
class Decoder:
    model: WhisperModel

    def decode(self, batch: Sequence[Piece]) -> list[WindowResult]:
        """All windows must have the same `shape`."""
        requested = batch[0].active.request.options
        options = _decoding_options(requested)
        features = [piece.window.features for piece in batch]
        wanted = list(map(_wants_detection, batch))
        encoded = self.model.encode(features)
        probabilities = self._detect_languages(encoded, wanted)
        full = _unsure(batch, probabilities)
        if self.model.trimmed and any(full):
            encoded = self.model.encode(features, full=full)
            probabilities = self._detect_languages(encoded, wanted)
        probabilities = self._second_opinions(batch, probabilities)
        choices = choose(batch, probabilities)
        windows = [
            WindowDecoding(piece, choice.first, found, each)
            for piece, choice, found, each in zip(
                batch, choices, probabilities, full, strict=True
            )
        ]
        self._decode_whole(encoded, windows, options)
        if requested.profile is Profile.QUALITY:
            windows = self._in_better_languages(encoded, windows, choices, options)
        self._detect_doubtful(encoded, windows)
        if options.initial_prompt or options.hotwords:
            self._decode_unprompted(encoded, windows, options)
        for window in windows:
            self._decode_rests(window, options)
        return [each.window_result() for each in windows]

    def _decode_whole(
        self, encoded: Encoded, windows: Sequence[WindowDecoding], options: DecodingOptions
    ) -> None:
        results = self.model.decode(
            encoded,
            [each.frames for each in windows],
            [each.language for each in windows],
            options,
        )
        for window, result in zip(windows, results, strict=True):
            window.accept(self._checked(result, window, window.features, options))

    def _checked(
        self,
        result: DecodeResult,
        window: WindowDecoding,
        features: NDArray[np.float32],
        options: DecodingOptions,
        silence: float | None = None,
        before: str = "",
    ) -> DecodeResult:
        """The result, decoded again with full padding where it may be silence.

        With less padding than it was trained on, the model is less certain of silence.
        """
        if window.full or not (self.model.trimmed and may_be_silence(result)):
            return result
        encoded = self.model.encode([features], silence, full=[True])
        frames = features.shape[1]
        return self.model.decode(encoded, [frames], [window.language], options, before)[0]

    def _in_better_languages(
        self,
        encoded: Encoded,
        windows: Sequence[WindowDecoding],
        choices: Sequence[Choice],
        options: DecodingOptions,
    ) -> list[WindowDecoding]:
        """The windows, each in another language where that is the better choice."""
        best = list(windows)
        for rank in range(max(len(choice.others) for choice in choices)):
            best = self._in_another_language(encoded, best, choices, rank, options)
        return best

    def _in_another_language(
        self,
        encoded: Encoded,
        windows: Sequence[WindowDecoding],
        choices: Sequence[Choice],
        rank: int,
        options: DecodingOptions,
    ) -> list[WindowDecoding]:
        others = {
            window: window.in_language(choice.others[rank])
            for window, choice in zip(windows, choices, strict=True)
            if rank < len(choice.others)
        }
        if len(others) < len(windows):
            rows = [row for row, window in enumerate(windows) if window in others]
            encoded = self._some(encoded, windows, rows)
        self._decode_whole(encoded, list(others.values()), options)
        chosen: list[WindowDecoding] = []
        for choice, group in groupby(
            zip(windows, choices, strict=True), key=lambda each: each[1]
        ):
            one = [window for window, _ in group]
            other = [others[each] for each in one if each in others]
            chosen += other if other and choice.better(one, other) else one
        return chosen

    def _some(
        self, encoded: Encoded, windows: Sequence[WindowDecoding], rows: Sequence[int]
    ) -> Encoded:
        """The output for these windows; encoded again only where that cannot be avoided."""
        return encoded.pick(rows) or self.model.encode(
            [windows[row].features for row in rows], full=[windows[row].full for row in rows]
        )

    def _decode_unprompted(
        self, encoded: Encoded, windows: Sequence[WindowDecoding], options: DecodingOptions
    ) -> None:
        """The model may repeat its prompt instead of transcribing the audio."""
        plain = replace(options, initial_prompt=None, hotwords=None)
        for row, window in enumerate(windows):
            if window.misled:
                own = self._some(encoded, windows, [row])
                results = self.model.decode(own, [window.frames], [window.language], plain)
                checked = self._checked(results[0], window, window.features, plain)
                window.prefer(checked)

    def _detect_doubtful(self, encoded: Encoded, windows: Sequence[WindowDecoding]) -> None:
        """Detect the language of the doubtful ones, too, whatever language was given."""
        doubtful = [each.doubtful and not each.probabilities for each in windows]
        found = self._detect_languages(encoded, doubtful)
        for window, probabilities in zip(windows, found, strict=True):
            window.probabilities = window.probabilities or probabilities

    def _decode_rests(self, window: WindowDecoding, options: DecodingOptions) -> None:
        """One by one: in a batch all prompts have one length, and these do not."""
        while rest := window.next_rest():
            silence = float(window.features.min(initial=0.0))
            encoded = self.model.encode([rest.features], silence, full=[window.full])
            results = self.model.decode(
                encoded, [rest.frames], [window.language], options, rest.before
            )
            result = self._checked(
                results[0], window, rest.features, options, silence, rest.before
            )
            window.fill(rest, result)

    def _second_opinions(
        self, batch: Sequence[Piece], probabilities: Sequence[Mapping[str, float]]
    ) -> list[Mapping[str, float]]:
        """Where the language is open and uncertain, the mean with detection on zero padding."""
        unsure = _unsure(batch, probabilities)
        if not any(unsure):
            return list(probabilities)
        features = [
            piece.window.features for piece, ask in zip(batch, unsure, strict=True) if ask
        ]
        encoded = self.model.encode(features, 0.0, full=[True] * len(features))
        others = iter(self.model.detect_languages(encoded))
        return [
            _mean(found, next(others)) if ask else found
            for found, ask in zip(probabilities, unsure, strict=True)
        ]

    def _detect_languages(
        self, encoded: Encoded, wanted: Sequence[bool]
    ) -> list[Mapping[str, float]]:
        """The probability of each language; empty for windows where it is not wanted."""
        if not self.model.multilingual or not any(wanted):
            return [{} for _ in wanted]
        found = self.model.detect_languages(encoded)
        return [each if want else {} for each, want in zip(found, wanted, strict=True)]


def _unsure(batch: Sequence[Piece], probabilities: Sequence[Mapping[str, float]]) -> list[bool]:
    """For each window, whether its language is open and was not detected with certainty."""
    return [
        piece.active.language is None and max(found.values(), default=SURE) < SURE
        for piece, found in zip(batch, probabilities, strict=True)
    ]


def _mean(one: Mapping[str, float], other: Mapping[str, float]) -> Mapping[str, float]:
    return {language: rounded((one[language] + other[language]) / 2) for language in one}


def _decoding_options(options: Options) -> DecodingOptions:
    return DecodingOptions(
        options.task,
        options.beam_size or _BEAM[options.profile],
        options.initial_prompt,
        options.hotwords,
    )


def _wants_detection(piece: Piece) -> bool:
    given = piece.active.request.options.language
    return given is None or piece.window.index < _CHECKED
