"""Thresholds for doubtful transcripts, calibrated on human speech with `make calibrate`.

The log-probability of the text is the best predictor: where more than half of a transcript is
wrong, it is low. In short ones it is low anyway, because words out of context are harder, so
they get an allowance; and where the language is uncertain, the limit is stricter. Hence

    doubt = -log-probability - brevity / (words + 1) + language * (1 - its probability)

and a transcript above the threshold `doubt` is one to review. docs/models.md reports how many
of the bad ones that finds, and how many of the good ones.
"""

from dataclasses import dataclass
from math import inf, isnan


@dataclass(frozen=True, slots=True)
class Thresholds:
    model: str  # on whose transcripts they were calibrated
    doubt: float = 0.27  # of a recording
    window: float = 0.50  # of one window, whose position is then reported
    brevity: float = 0.80
    language: float = 0.40
    unheard: float = 2.0  # seconds of speech without words

    def doubted(self, log_probability: float, words: int, certainty: float = 1.0) -> float:
        """`certainty` is the probability of the language."""
        allowance = self.brevity / (words + 1)
        doubt = self.language * (1 - certainty) - log_probability - allowance
        return inf if isnan(doubt) else doubt


BASE = Thresholds("base")
_CALIBRATED = {  # by the SHA-256 of the weights
    "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9": BASE,
    "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a": Thresholds("tiny.en"),
}


def thresholds(digest: str) -> Thresholds:
    """The thresholds of a model; those of base if it was never calibrated."""
    return _CALIBRATED.get(digest, BASE)
