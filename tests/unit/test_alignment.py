"""Words that were said beside words that were heard."""

from functools import cache

from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from bench.alignment import align

texts = lists(sampled_from("abc"), max_size=7)


@given(texts, texts)
def test_no_way_is_cheaper(said: list[str], heard: list[str]) -> None:
    @cache
    def cheapest(first: int, second: int) -> tuple[int, int]:
        """All changes, and the substitutions among them."""
        if not first or not second:
            return first + second, 0
        differs = said[first - 1] != heard[second - 1]
        before, missing, inserted = (
            cheapest(first - 1, second - 1),
            cheapest(first - 1, second),
            cheapest(first, second - 1),
        )
        return min(
            (before[0] + differs, before[1] + differs),
            (missing[0] + 1, missing[1]),
            (inserted[0] + 1, inserted[1]),
        )

    alignment = align(said, heard)

    assert (alignment.wrong, alignment.substituted) == cheapest(len(said), len(heard))


@given(texts, texts)
def test_pairs_are_the_same_words_in_order(said: list[str], heard: list[str]) -> None:
    pairs = align(said, heard).pairs

    assert all(said[first] == heard[second] for first, second in pairs)
    assert list(pairs) == sorted(set(pairs))


def test_a_word_left_out_a_word_added_and_a_word_changed_are_told_apart() -> None:
    said = ["we", "shall", "meet", "on", "monday"]
    heard = ["we", "meet", "on", "on", "tuesday"]

    alignment = align(said, heard)

    assert (alignment.missing, alignment.inserted, alignment.substituted) == (1, 1, 1)
