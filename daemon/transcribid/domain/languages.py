"""The language of a recording, from language detection on its windows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from transcribid.domain.transcript import Foreign, Span
from transcribid.domain.window_result import WindowResult

UNDETERMINED = "und"  # ISO 639-2: there are no words
_LEAST = 0.1  # seconds of speech that a window with words counts for, at least
_SURE = 0.8  # probability from which a window is reported as another language

Probabilities = Mapping[str, float]  # of each language


def pooled(
    windows: Iterable[tuple[Probabilities, float]], candidates: Collection[str] = ()
) -> Probabilities:
    """Mean probabilities over all windows; only of candidates, where the model knows any.

    `windows` are probabilities, each weighted by its seconds of speech.
    """
    mass: dict[str, float] = defaultdict(float)
    total = 0.0
    for probabilities, weight in windows:
        total += weight
        for language, probability in probabilities.items():
            mass[language] += probability * weight
    known = [language for language in mass if language in candidates] or list(mass)
    return {language: mass[language] / total for language in known} if total else {}


def commonest(results: Sequence[WindowResult]) -> str:
    """The language in which most of the speech was transcribed."""
    spoken = pooled([({result.language: 1.0}, _weight(result)) for result in results])
    return max(spoken, key=lambda language: spoken[language], default=UNDETERMINED)


def certainty(results: Sequence[WindowResult], language: str) -> float:
    """The mean probability of this language, 0 to 1, among all languages."""
    total = sum(map(_weight, results))
    if not total:
        return 0.0 if language == UNDETERMINED else 1.0
    return sum(_share(result, language) for result in results) / total


def foreign(results: Iterable[WindowResult]) -> Iterator[Foreign]:
    """Windows detected as another language than the one they were transcribed in."""
    for result in results:
        other = result.sounds_like != result.language
        if other and result.words and result.sounds_like_probability >= _SURE:
            yield Foreign(result.sounds_like, Span(result.start, result.end))


def _share(result: WindowResult, language: str) -> float:
    if result.language == language:
        return _weight(result) * result.language_probability
    alike = result.sounds_like == language
    return _weight(result) * result.sounds_like_probability * alike


def _weight(result: WindowResult) -> float:
    """Seconds of speech; where none was detected and there are words, a little."""
    return max(result.speech, _LEAST if result.words else 0.0)
