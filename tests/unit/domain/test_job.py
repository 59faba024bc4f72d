"""Numbers of file systems in the ledger's integers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribid.domain.job import in_64_bits


@pytest.mark.parametrize(
    ("number", "held"),
    [
        (0, 0),
        (-1, -1),  # a time before 1970
        (2**63 - 1, 2**63 - 1),  # 2262-04-11, in nanoseconds
        (2**63, -(2**63)),
        (2**64 - 1, -1),  # an inode of 64 bits without a sign
        (8 * 10**20, 8 * 10**20 - 43 * 2**64),  # the year 27321
    ],
)
def test_numbers_fit_into_64_bits(number: int, held: int) -> None:
    assert in_64_bits(number) == held


@given(st.integers(-(2**63), 2**63 - 1))
def test_what_fits_stays_as_it_is(number: int) -> None:
    assert in_64_bits(number) == number


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_different_inodes_stay_different(one: int, other: int) -> None:
    assert (in_64_bits(one) == in_64_bits(other)) == (one == other)
