"""From where on a transcript is doubtful, found on human speech with `make calibrate`.

The log-probability of the text is what tells most: in transcripts of which more than half is
wrong it is low. In short ones it is low anyway, for a word out of context is harder, so they
are given an allowance; and where the language is not certain, less is forgiven. Hence

    doubt = -log-probability - brevity / (words + 1) + language * (1 - its probability)

and a transcript with more of it than `doubt` is one to review. docs/models.md says how
many of the bad ones that finds, and how many of the right ones.
"""

from dataclasses import dataclass
from math import inf, isnan


@dataclass(frozen=True, slots=True)
class Thresholds:
    model: str  # whose transcripts they were found on
    doubt: float = 0.27  # of a recording
    window: float = 0.50  # of one window, whose place is then named
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
    """Those of base, for a model that was never calibrated."""
    return _CALIBRATED.get(digest, BASE)
