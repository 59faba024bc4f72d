"""The phases of training, and how each changes from its first step to its last."""

import math
from dataclasses import dataclass
from random import Random

from torch import Tensor

from recipe.losses import Losses
from recipe.windows import FULL, MIDDLE, SHORT, Kind


@dataclass(frozen=True, slots=True)
class Phase:
    steps: int
    rate: float  # of learning, at most
    warmup: int  # steps
    seed: int = 0
    full_windows: bool = True  # mostly 30 seconds; otherwise short ones first
    first_batch: float = 1.0  # share of the batch at the first step; at the last it is whole
    maturity: float = 0.0  # 0: learn to hear first, 1: what is said counts most

    def kind(self, progress: float, random: Random) -> Kind:
        matured = self._matured(progress)
        weights = (0.8 - 0.6 * matured, 0.15 + 0.25 * matured, 0.05 + 0.35 * matured)
        if self.full_windows:
            weights = (0.12, 0.23, 0.65)
        return random.choices((SHORT, MIDDLE, FULL), weights)[0]

    def batch(self, kind: Kind, progress: float) -> int:
        share = self.first_batch + (1 - self.first_batch) * progress
        return max(1, round(kind.batch * share))

    def learning_rate(self, step: int) -> float:
        warm = min(1.0, (step + 1) / self.warmup)
        return self.rate * warm * (1 + math.cos(math.pi * step / self.steps)) / 2 + 1e-5

    def loss(self, losses: Losses, progress: float) -> Tensor:
        """Hearing and looking are taught beside saying, and count less and less."""
        matured = self._matured(progress)
        words = (0.8 - 0.5 * matured) * losses.words
        letters = (0.8 - 0.6 * matured) * losses.letters
        attention = (0.8 - 0.4 * matured) * losses.attention
        return losses.tokens + words + letters + attention

    def _matured(self, progress: float) -> float:
        return self.maturity + (1 - self.maturity) * progress


PHASES = (  # about 45, 25 and 12 minutes on two cores
    Phase(6000, rate=2e-3, warmup=150, full_windows=False, first_batch=0.6),
    Phase(2000, rate=1.3e-3, warmup=15, maturity=0.5),
    Phase(1000, rate=9e-4, warmup=12, seed=77),
)
