"""A batch of windows to passages: decoded, judged, and completed.

Five hypotheses are followed at once. On real weights that is both better and, with what it
spares, cheaper than one hypothesis with second tries (ARCHITECTURE.md, Why). Windows of several
recordings and languages share a batch; so do the gaps of all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transcribid.domain.languages import likeliest
from transcribid.domain.options import Options, Profile
from transcribid.domain.passage import Passage
from transcribid.engine.assignment import Piece
from transcribid.engine.whisper_model import DecodingOptions, Encoded, WhisperModel
from transcribid.engine.window_decoding import WindowDecoding

_BEAM = {Profile.QUALITY: 5, Profile.FAST: 1}  # hypotheses
_ASKED = 3  # windows of a recording whose language is asked though it was given


@dataclass(frozen=True, slots=True)
class Decoder:
    model: WhisperModel

    def decode(self, batch: Sequence[Piece]) -> list[Passage]:
        """The windows must be of one shape."""
        how = _how(batch[0].assignment.request.options)
        encoded = self.model.encode([piece.window.features for piece in batch])
        probabilities = self._detect_languages(encoded, batch)
        windows = [
            WindowDecoding(piece, language, found)
            for piece, language, found in zip(
                batch, _languages(batch, probabilities), probabilities, strict=True
            )
        ]
        results = self.model.decode(
            encoded,
            [each.frames for each in windows],
            [each.language for each in windows],
            how,
        )
        for window, result in zip(windows, results, strict=True):
            window.consider(result)
        self._decode_rests(windows, how)
        return [each.passage() for each in windows]

    def _decode_rests(self, windows: Sequence[WindowDecoding], how: DecodingOptions) -> None:
        """Those of all windows together, one of each at a time."""
        while found := [(each, rest) for each in windows if (rest := each.next_rest())]:
            results = self.model.decode(
                self.model.encode([rest.features for _, rest in found]),
                [rest.frames for _, rest in found],
                [window.language for window, _ in found],
                how,
            )
            for (window, rest), result in zip(found, results, strict=True):
                window.fill(rest, result)

    def _detect_languages(
        self, encoded: Encoded, batch: Sequence[Piece]
    ) -> list[Mapping[str, float]]:
        """The probability of each language, for each window; nothing where nobody asks."""
        if not self.model.multilingual or not any(map(_asks, batch)):
            return [{} for _ in batch]
        return [
            found if _asks(piece) else {}
            for piece, found in zip(batch, self.model.detect_languages(encoded), strict=True)
        ]


def _how(options: Options) -> DecodingOptions:
    return DecodingOptions(
        options.task,
        options.beam_size or _BEAM[options.profile],
        options.initial_prompt,
        options.hotwords,
    )


def _asks(piece: Piece) -> bool:
    given = piece.assignment.request.options.language
    return given is None or piece.window.index < _ASKED


def _languages(
    batch: Sequence[Piece], probabilities: Sequence[Mapping[str, float]]
) -> list[str]:
    """In which language to transcribe each window."""
    return [piece.assignment.language or _found(piece, batch, probabilities) for piece in batch]


def _found(
    piece: Piece, batch: Sequence[Piece], probabilities: Sequence[Mapping[str, float]]
) -> str:
    """The language of the window, or of all windows of its recording that are here."""
    own = [
        (found, each.window.seconds_of_speech)
        for each, found in zip(batch, probabilities, strict=True)
        if each is piece
        or (each.assignment is piece.assignment and piece.assignment.asks_language)
    ]
    candidates = piece.assignment.request.options.languages
    return likeliest(own, candidates) if own[0][0] else "en"  # the model knows no other
