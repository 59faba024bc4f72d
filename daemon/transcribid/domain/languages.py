"""Which language a recording is in, from what its windows sound like."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from transcribid.domain.passage import Passage
from transcribid.domain.transcript import Foreign, Stretch

UNDETERMINED = "und"  # ISO 639-2: nothing was heard
_LEAST = 0.1  # seconds of speech that words stand for
_SURE = 0.8  # probability from which a window is said to sound like another language

Probabilities = Mapping[str, float]  # of each language


def pooled(
    windows: Iterable[tuple[Probabilities, float]], candidates: Collection[str] = ()
) -> Probabilities:
    """What all windows together sound like; of the candidates, where the model knows any.

    `windows` are probabilities, each with the seconds of speech they are of.
    """
    mass: dict[str, float] = defaultdict(float)
    total = 0.0
    for probabilities, weight in windows:
        total += weight
        for language, probability in probabilities.items():
            mass[language] += probability * weight
    known = [language for language in mass if language in candidates] or list(mass)
    return {language: mass[language] / total for language in known} if total else {}


def commonest(passages: Sequence[Passage]) -> str:
    """The language in which most of the speech was transcribed."""
    spoken = pooled([({passage.language: 1.0}, _weight(passage)) for passage in passages])
    return max(spoken, key=lambda language: spoken[language], default=UNDETERMINED)


def certainty(passages: Sequence[Passage], language: str) -> float:
    """How much like this language all of it sounds, 0 to 1, compared with all languages."""
    total = sum(map(_weight, passages))
    if not total:
        return 0.0 if language == UNDETERMINED else 1.0
    return sum(_share(passage, language) for passage in passages) / total


def foreign(passages: Iterable[Passage]) -> Iterator[Foreign]:
    """Parts that sound like another language than the one they were transcribed in."""
    for passage in passages:
        other = passage.sounds_like != passage.language
        if other and passage.words and passage.sounds_like_probability >= _SURE:
            yield Foreign(passage.sounds_like, Stretch(passage.start, passage.end))


def _share(passage: Passage, language: str) -> float:
    if passage.language == language:
        return _weight(passage) * passage.language_probability
    alike = passage.sounds_like == language
    return _weight(passage) * passage.sounds_like_probability * alike


def _weight(passage: Passage) -> float:
    """Seconds of speech; where none was detected and there are words, a little."""
    return max(passage.speech, _LEAST if passage.words else 0.0)
