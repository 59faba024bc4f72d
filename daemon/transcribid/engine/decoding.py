"""A batch of windows to their results: decoded, judged, and completed.

    features -> encode -> which language? -> beam search -> align -> judge -> fill the gaps
                   (------------- shared by all windows of the batch ------)   each by itself

Five hypotheses are followed at once. On real weights that is both better and, with what it
spares, cheaper than one hypothesis with second tries (ARCHITECTURE.md, Why). Windows of
several recordings and languages share a batch; the text of one depends on no other.

The encoder's output is used for everything: language, text and times. The model writes no
times (`engine/model.py` says why), so a word's place comes from alignment: its tokens attend
to frames of the sound, and dynamic time warping finds the best monotonic path through that
attention (openai/whisper, timing.py). What was decoded is judged (`domain/gate.py`). Three
things are tried again, each once and only where it was measured to help: another language,
where the language is open and not certain; without prompt and hotwords, where little came of
them; and the speech that got no words, from there on.
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
from transcribid.engine.language_choice import SURE, Choice, choose
from transcribid.engine.model import DecodingOptions, Encoded, WhisperModel, rounded
from transcribid.engine.window_decoding import WindowDecoding

_BEAM = {Profile.QUALITY: 5, Profile.FAST: 1}  # hypotheses
_QUESTIONED = 3  # windows of a recording whose language is asked though it was given


@dataclass(frozen=True, slots=True)
class Decoder:
    model: WhisperModel

    def decode(self, batch: Sequence[Piece]) -> list[WindowResult]:
        """The windows must be of one shape."""
        options = batch[0].active.request.options
        how = _how(options)
        features = [piece.window.features for piece in batch]
        asked = list(map(_asks, batch))
        encoded = self.model.encode(features)
        probabilities = self._detect_languages(encoded, asked)
        full = _unsure(batch, probabilities)
        if self.model.trimmed and any(full):
            encoded = self.model.encode(features, full=full)
            probabilities = self._detect_languages(encoded, asked)
        probabilities = self._second_opinions(batch, probabilities)
        choices = choose(batch, probabilities)
        windows = [
            WindowDecoding(piece, choice.first, found, each)
            for piece, choice, found, each in zip(
                batch, choices, probabilities, full, strict=True
            )
        ]
        self._decode_whole(encoded, windows, how)
        if options.profile is Profile.QUALITY:
            windows = self._in_better_languages(encoded, windows, choices, how)
        self._question_languages(encoded, windows)
        if how.initial_prompt or how.hotwords:
            self._decode_unprompted([each for each in windows if each.misled], how)
        for window in windows:
            self._decode_rests(window, how)
        return [each.window_result() for each in windows]

    def _decode_whole(
        self, encoded: Encoded, windows: Sequence[WindowDecoding], how: DecodingOptions
    ) -> None:
        results = self.model.decode(
            encoded,
            [each.frames for each in windows],
            [each.language for each in windows],
            how,
        )
        for window, result in zip(windows, results, strict=True):
            window.accept(self._checked(result, window, window.features, how))

    def _checked(
        self,
        result: DecodeResult,
        window: WindowDecoding,
        features: NDArray[np.float32],
        how: DecodingOptions,
        silence: float | None = None,
        before: str = "",
    ) -> DecodeResult:
        """With less silence than it was trained on, the model is less sure of silence."""
        if window.full or not (self.model.trimmed and may_be_silence(result)):
            return result
        encoded = self.model.encode([features], silence, full=[True])
        frames = features.shape[1]
        return self.model.decode(encoded, [frames], [window.language], how, before)[0]

    def _in_better_languages(
        self,
        encoded: Encoded,
        windows: Sequence[WindowDecoding],
        choices: Sequence[Choice],
        how: DecodingOptions,
    ) -> list[WindowDecoding]:
        """The windows, those in another language where that is the better choice."""
        best = list(windows)
        for rank in range(max(len(choice.others) for choice in choices)):
            best = self._in_another_language(encoded, best, choices, rank, how)
        return best

    def _in_another_language(
        self,
        encoded: Encoded,
        windows: Sequence[WindowDecoding],
        choices: Sequence[Choice],
        rank: int,
        how: DecodingOptions,
    ) -> list[WindowDecoding]:
        others = {
            window: window.in_language(choice.others[rank])
            for window, choice in zip(windows, choices, strict=True)
            if rank < len(choice.others)
        }
        if len(others) < len(windows):
            encoded = self.model.encode(
                [each.features for each in others], full=[each.full for each in others]
            )
        self._decode_whole(encoded, list(others.values()), how)
        chosen: list[WindowDecoding] = []
        for choice, group in groupby(
            zip(windows, choices, strict=True), key=lambda each: each[1]
        ):
            one = [window for window, _ in group]
            other = [others[each] for each in one if each in others]
            chosen += other if other and choice.better(one, other) else one
        return chosen

    def _decode_unprompted(
        self, windows: Sequence[WindowDecoding], how: DecodingOptions
    ) -> None:
        """The model may write down what it was prompted with instead of what it hears."""
        plain = replace(how, initial_prompt=None, hotwords=None)
        for window in windows:
            encoded = self.model.encode([window.features], full=[window.full])
            results = self.model.decode(encoded, [window.frames], [window.language], plain)
            window.prefer(self._checked(results[0], window, window.features, plain))

    def _question_languages(self, encoded: Encoded, windows: Sequence[WindowDecoding]) -> None:
        """Ask what the doubtful ones sound like, too, whatever language was given."""
        doubtful = [each.doubtful and not each.probabilities for each in windows]
        found = self._detect_languages(encoded, doubtful)
        for window, probabilities in zip(windows, found, strict=True):
            window.probabilities = window.probabilities or probabilities

    def _decode_rests(self, window: WindowDecoding, how: DecodingOptions) -> None:
        """Each by itself: in a batch all prompts are of one length, and these are not."""
        while rest := window.next_rest():
            silence = float(window.features.min(initial=0.0))
            encoded = self.model.encode([rest.features], silence, full=[window.full])
            results = self.model.decode(
                encoded, [rest.frames], [window.language], how, rest.before
            )
            result = self._checked(results[0], window, rest.features, how, silence, rest.before)
            window.fill(rest, result)

    def _second_opinions(
        self, batch: Sequence[Piece], probabilities: Sequence[Mapping[str, float]]
    ) -> list[Mapping[str, float]]:
        """The mean with what it sounds like before zeros, where the language is open."""
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
        self, encoded: Encoded, asked: Sequence[bool]
    ) -> list[Mapping[str, float]]:
        """The probability of each language, for the windows of which it is asked."""
        if not self.model.multilingual or not any(asked):
            return [{} for _ in asked]
        found = self.model.detect_languages(encoded)
        return [each if ask else {} for each, ask in zip(found, asked, strict=True)]


def _unsure(batch: Sequence[Piece], probabilities: Sequence[Mapping[str, float]]) -> list[bool]:
    """The windows whose language is open, and not certain from their sound."""
    return [
        piece.active.language is None and max(found.values(), default=SURE) < SURE
        for piece, found in zip(batch, probabilities, strict=True)
    ]


def _mean(one: Mapping[str, float], other: Mapping[str, float]) -> Mapping[str, float]:
    return {language: rounded((one[language] + other[language]) / 2) for language in one}


def _how(options: Options) -> DecodingOptions:
    return DecodingOptions(
        options.task,
        options.beam_size or _BEAM[options.profile],
        options.initial_prompt,
        options.hotwords,
    )


def _asks(piece: Piece) -> bool:
    given = piece.active.request.options.language
    return given is None or piece.window.index < _QUESTIONED
