"""Blocks of a recording, and the turns that are found in one."""

import numpy as np

from transcribid.diarizer.sound import Block
from transcribid.domain.transcript import Turn
from transcribid.preparer.mono import RATE


def test_nobody_speaks_after_the_end_of_the_sound() -> None:
    block = Block(20.0, np.zeros(10 * RATE, np.float32), None, last=True)

    turns = block.turns([(1.0, 2.0, "A"), (9.0, 10.03, "B"), (10.0, 10.03, "A")])

    assert list(turns) == [Turn(21.0, 22.0, "A"), Turn(29.0, 30.0, "B")]
