import pytest

from transcribid.config.pattern import matches


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*.mp3", "talk.mp3"),
        ("**/*.mp3", "talk.mp3"),
        ("**/*.mp3", "a/b/talk.mp3"),
        ("a/**", "a/talk.mp3"),
        ("a/**", "a/b/talk.mp3"),
        ("a/**/z/*", "a/z/talk.mp3"),
        ("a/**/z/*", "a/b/c/z/talk.mp3"),
        ("**", "a/talk.mp3"),
        ("?/talk[12].*", "a/talk1.mp3"),
        ("caf\u00e9/*", "cafe\u0301/talk.mp3"),  # composed, and as a Mac writes it
    ],
)
def test_it_fits(pattern: str, name: str):
    assert matches(name, pattern)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*.mp3", "a/talk.mp3"),
        ("a/*", "a/b/talk.mp3"),
        ("a/**", "a"),
        ("a/**", "ab/talk.mp3"),
        ("A/*", "a/talk.mp3"),
        ("a?b", "a/b"),
        ("a[/]b", "a/b"),
    ],
)
def test_it_does_not_fit(pattern: str, name: str):
    assert not matches(name, pattern)
