"""Other ways through the engine, with real weights: options, languages, what is not clean."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from bench.alignment import align
from real import voices
from real.download import Unavailable
from real.recordings import Recording
from real.weights import Model, weights
from real.words import normalise
from transcribid.domain.job import JobId
from transcribid.domain.options import Options, Profile, Task
from transcribid.domain.quality import Verdict, judge
from transcribid.domain.transcript import Transcript
from transcribid.domain.window_result import WindowResult
from transcribid.engine.engine import WhisperEngine
from transcribid.protocol.engine import Request, Settings, Success, WindowDone
from transcribid.workers import canary

pytestmark = pytest.mark.real

ENGLISH = Options(language="en")
Build = Callable[[str], tuple[Recording, ...]]


def engine_of(model: Model) -> WhisperEngine:
    try:
        return WhisperEngine(Settings(str(weights(model)), "cpu", "int8"))
    except Unavailable as absent:
        pytest.skip(f"{model}: {absent}")


@pytest.fixture(scope="module")
def base() -> Iterator[WhisperEngine]:
    with engine_of(Model.BASE) as engine:
        yield engine


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def recordings(name: str) -> tuple[Recording, ...]:
        try:
            return voices.build(name, tmp_path / name).recordings
        except Unavailable as absent:
            pytest.skip(f"{name}: {absent}")

    return recordings


def heard(
    engine: WhisperEngine, path: Path, options: Options
) -> tuple[Transcript, list[WindowResult]]:
    request = Request(JobId(1), 1, str(path), "aa", options, 86_400.0, accept_partial=True)
    *said, verdict = engine.transcribe(request)
    assert isinstance(verdict, Success)
    return verdict.transcript, [
        each.window_result for each in said if isinstance(each, WindowDone)
    ]


def share_wrong(recording: Recording, transcript: Transcript) -> float:
    language = recording.language or "en"
    words = align(normalise(recording.text, language), normalise(transcript.text, language))
    return words.wrong / words.said


@pytest.mark.parametrize(
    ("options", "most"),
    [
        (replace(ENGLISH, profile=Profile.FAST), 0.15),
        (replace(ENGLISH, vad=False), 0.15),
        (replace(ENGLISH, initial_prompt="A sonnet by William Shakespeare."), 0.15),
        (replace(ENGLISH, hotwords="churl, niggarding"), 0.15),
        (replace(ENGLISH, beam_size=1), 0.15),
        (Options(languages=("en", "es")), 0.12),
        (Options(multilingual=True), 0.15),
    ],
    ids=["fast", "no vad", "prompt", "hotwords", "one hypothesis", "candidates", "several"],
)
def test_a_sonnet_is_understood_in_every_way(
    base: WhisperEngine, build: Build, options: Options, most: float
) -> None:
    (sonnet,) = build("sonnet")
    transcript, _ = heard(base, sonnet.path, options)

    assert transcript.language == "en"
    assert share_wrong(sonnet, transcript) <= most


@pytest.mark.parametrize("options", [replace(ENGLISH, hotwords="Shakespeare, sonnet"), ENGLISH])
def test_hotwords_do_not_leak_into_what_is_no_speech(
    base: WhisperEngine, build: Build, options: Options
) -> None:
    for noise in build("some_noise"):
        assert heard(base, noise.path, options)[0].text == ""


def test_a_recording_of_several_languages_is_written_in_each(
    base: WhisperEngine, build: Build
) -> None:
    (several,) = build("several")
    transcript, window_results = heard(base, several.path, Options(multilingual=True))

    assert [key for key, _ in groupby(each.language for each in window_results)] == [
        "es",
        "en",
        "fr",
    ]
    assert share_wrong(several, transcript) <= 0.3


def test_spanish_is_translated_into_english_words(base: WhisperEngine, build: Build) -> None:
    english = {each.path.name: each.text for each in build("en_ast")}
    both = [each for each in build("es_ast") if each.path.name in english][:8]
    options = Options(language="es", task=Task.TRANSLATE)
    shares = [
        _in_common(english[each.path.name], heard(base, each.path, options)[0].text)
        for each in both
    ]

    assert sum(shares) / len(shares) >= 0.3


def _in_common(one: str, other: str) -> float:
    """Words of one that the other has, too: translations have some."""
    words, others = set(normalise(one, "en")), set(normalise(other, "en"))
    return len(words & others) / len(words)


def test_the_wrong_language_is_doubted(base: WhisperEngine, build: Build) -> None:
    (spoken,) = build("es_2min")
    transcript, _ = heard(base, spoken.path, ENGLISH)
    quality = judge(transcript)

    assert quality.verdict is Verdict.REVIEW
    assert "sounds like es" in " ".join(quality.reasons)


@pytest.mark.parametrize("model", list(Model))
def test_the_known_clip_is_passed_by_every_healthy_model(model: Model) -> None:
    with engine_of(model) as engine:
        for request in canary.Canary(300.0).begin(engine.ready, now=0.0):
            *_, verdict = engine.transcribe(request)
            assert isinstance(verdict, Success)
            assert canary.objection(verdict) == ""


def test_a_model_of_english_that_hears_spanish_is_doubted(build: Build) -> None:
    (spoken,) = build("es_2min")
    with engine_of(Model.TINY_EN) as engine:
        transcript, _ = heard(engine, spoken.path, Options())

    assert judge(transcript).verdict is Verdict.REVIEW
