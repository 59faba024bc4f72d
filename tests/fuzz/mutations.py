"""What transfers, disks, broken programs and malice do to files."""

import random
from collections.abc import Callable, Sequence

_TELLING = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**64 - 1,
)
_WIDTHS = (1, 2, 4, 8)  # bytes


class Mutator:
    """The same seed gives the same files."""

    def __init__(self, seed: int, samples: Sequence[bytes]) -> None:
        self._chance = random.Random(seed)
        self._samples = samples
        self._ways: tuple[Callable[[bytearray, int], None], ...] = (
            self._flip,
            self._set_number,
            self._copy_within,
            self._insert_noise,
            self._repeat,
            self._graft,
            lambda file, at: _delete(file, at, self._chance.randrange(1, 64)),
            lambda file, _: _delete(file, self._chance.randrange(len(file)), len(file)),
        )

    def mutated(self, healthy: bytes) -> bytes:
        """One to many changes, most of them near the beginning, where headers are."""
        file = bytearray(healthy)
        for _ in range(self._chance.choice((1, 1, 2, 4, 16, 64))):
            reach = min(len(file), self._chance.choice((64, 256, 2048, len(file)))) or 1
            self._chance.choice(self._ways)(file, self._chance.randrange(reach))
            file = file or bytearray(1)
        return bytes(file)

    def pick(self, names: Sequence[str]) -> str:
        return self._chance.choice(names)

    def _flip(self, file: bytearray, at: int) -> None:
        file[at] ^= 1 << self._chance.randrange(8)

    def _set_number(self, file: bytearray, at: int) -> None:
        width = self._chance.choice(_WIDTHS)
        number = self._chance.choice(_TELLING) & (1 << 8 * width) - 1
        order = self._chance.choice(("big", "little"))
        file[at : at + width] = number.to_bytes(width, "big" if order == "big" else "little")

    def _copy_within(self, file: bytearray, at: int) -> None:
        start, length = self._chance.randrange(len(file)), self._chance.randrange(1, 64)
        file[at : at + length] = file[start : start + length]

    def _insert_noise(self, file: bytearray, at: int) -> None:
        file[at:at] = self._chance.randbytes(self._chance.randrange(1, 64))

    def _repeat(self, file: bytearray, at: int) -> None:
        length = self._chance.randrange(1, 512)
        file[at:at] = file[at : at + length] * self._chance.randrange(1, 8)

    def _graft(self, file: bytearray, at: int) -> None:
        other = self._chance.choice(self._samples)
        start, length = self._chance.randrange(len(other)), self._chance.randrange(1, 1024)
        file[at:at] = other[start : start + length]


def _delete(file: bytearray, at: int, length: int) -> None:
    del file[at : at + length]
