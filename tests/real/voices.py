"""The sets of recordings, by name. They are made anew for each run, and the same each time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from random import Random

import numpy as np

from bench import sound
from real import asterisk, english, fillets, noises, scenes
from real.asterisk import Spoken
from real.download import Unavailable
from real.joined import join
from real.recordings import Recording, VoiceSet

_SAMPLED = {"en": 100, "es": 100, "fr": 100, "it": 40, "ru": 40}  # prompts
_SEVERAL = ("es", "en", "fr")
_ACTED = 50  # sentences
_ALONE = 60  # prompts of one or two words
_BRIEF = 10  # prompts or noises, where time is short


def build(name: str, folder: Path) -> VoiceSet:
    """Raises Unavailable or WrongDigest."""
    folder.mkdir(parents=True)
    return _BUILDERS[name](name, folder)


@cache
def sampled(language: str) -> tuple[Spoken, ...]:
    """Prompts. One chance decides of all languages, so those before it count."""
    random = Random(7)
    for each in _SAMPLED:
        sample = _sample(each, random)
        if each == language:
            return sample
    raise KeyError(language)


@cache
def _acted() -> tuple[tuple[Path, str], ...]:
    random = Random(7)
    for language in _SAMPLED:
        _sample(language, random)
    sentences = fillets.dutch()
    random.shuffle(sentences)
    return tuple(sentences[:_ACTED])


def _sample(language: str, random: Random) -> tuple[Spoken, ...]:
    prompts = asterisk.sentences(language)
    random.shuffle(prompts)
    random.shuffle(asterisk.words_alone(language))  # which nobody wants any more
    chosen = prompts[: _SAMPLED[language]]
    return tuple(sorted(chosen, key=lambda spoken: spoken.key))


def _prompts(language: str, name: str, folder: Path) -> VoiceSet:
    return VoiceSet(name, tuple(_written(sampled(language), folder)))


def _all_prompts(language: str, name: str, folder: Path) -> VoiceSet:
    return VoiceSet(name, tuple(_written(asterisk.sentences(language), folder)))


def _words_alone(language: str, name: str, folder: Path) -> VoiceSet:
    """Some of one or two words."""
    spoken = asterisk.words_alone(language)
    Random(7).shuffle(spoken)
    return VoiceSet(name, tuple(_written(spoken[:_ALONE], folder)))


def _brief_prompts(name: str, folder: Path) -> VoiceSet:
    """The shortest of the Spanish and the English ones: their language is hard to tell."""
    chosen = [
        spoken
        for language in ("en", "es")
        for spoken in sorted(sampled(language), key=_size)[: _BRIEF // 2]
    ]
    return VoiceSet(name, tuple(_written(chosen, folder)))


def _size(spoken: Spoken) -> int:
    return spoken.path.stat().st_size


def _written(prompts: Iterable[Spoken], folder: Path) -> Iterator[Recording]:
    for spoken in prompts:
        path = folder / spoken.name
        samples = sound.read(spoken.path, "g722")
        sound.write(path, samples)
        yield Recording(path, spoken.language, spoken.text, len(samples) / sound.RATE)


def _joined(language: str, minutes: float, name: str, folder: Path) -> VoiceSet:
    recording = join(sampled(language), minutes, folder / f"{name}.wav")
    return VoiceSet(name, (recording,))


def _hour(language: str, name: str, folder: Path) -> VoiceSet:
    """Of all prompts, several times over."""
    spoken = asterisk.sentences(language)
    Random(7).shuffle(spoken)
    return VoiceSet(name, (join(spoken, 60, folder / f"{name}.wav"),))


def _scene(make: Callable[[Path], Recording], name: str, folder: Path) -> VoiceSet:
    return VoiceSet(name, (make(folder / f"{name}.wav"),))


def _several_languages(name: str, folder: Path) -> VoiceSet:
    """Half a minute of each, one after the other, with some seconds of silence."""
    parts = [join(sampled(language), 0.5, folder / f"{language}.wav") for language in _SEVERAL]
    silence = np.zeros(5 * sound.RATE, np.float32)
    whole = np.concatenate(
        [piece for part in parts for piece in (sound.read(part.path), silence)]
    )
    path = folder / f"{name}.wav"
    sound.write(path, whole)
    text = " ".join(part.text for part in parts)
    return VoiceSet(name, (Recording(path, None, text, len(whole) / sound.RATE),))


def _dutch(name: str, folder: Path) -> VoiceSet:
    recordings: list[Recording] = []
    for path, text in _acted():
        seconds = sound.seconds(path)
        if seconds:  # one of them is empty
            named = folder / f"{path.parts[-3]}__{path.name}"
            named.symlink_to(path)
            recordings.append(Recording(named, "nl", text, seconds))
    return VoiceSet(name, tuple(recordings))


def _read(name: str, folder: Path) -> VoiceSet:
    spoken = [*english.read_aloud(folder), english.sonnet(folder)]
    left_out: tuple[str, ...] = ()
    try:
        spoken.append(english.speech(folder))
    except Unavailable as absent:
        left_out = (f"jfk.mp3: {absent}",)
    return VoiceSet(name, (*spoken, *english.sound_check(folder)), left_out)


def _one(recording: Callable[[Path], Recording], name: str, folder: Path) -> VoiceSet:
    return VoiceSet(name, (recording(folder),))


def _sonnet_again(name: str, folder: Path) -> VoiceSet:
    return VoiceSet(name, tuple(english.sonnet_again(folder)))


def _noises(made: Callable[[], Iterable[noises.Noise]], name: str, folder: Path) -> VoiceSet:
    recordings: list[Recording] = []
    for title, samples in made():
        path = folder / f"{title}.wav"
        sound.write(path, samples)
        recordings.append(Recording(path, None, "", len(samples) / sound.RATE))
    return VoiceSet(name, tuple(recordings))


_BUILDERS: Mapping[str, Callable[[str, Path], VoiceSet]] = {
    **{f"{language}_ast": partial(_prompts, language) for language in _SAMPLED},
    "nl_fil": _dutch,
    "en_read": _read,
    "sonnet": partial(_one, english.sonnet),
    "sonnet_again": _sonnet_again,
    "jfk": partial(_one, english.speech),
    "es_10min": partial(_joined, "es", 10),
    "en_5min": partial(_joined, "en", 5),
    "fr_5min": partial(_joined, "fr", 5),
    "it_3min": partial(_joined, "it", 3),
    "ru_3min": partial(_joined, "ru", 3),
    "es_hour": partial(_hour, "es"),
    "noise": partial(_noises, noises.noises),
    "es_2min": partial(_joined, "es", 2),
    "en_2min": partial(_joined, "en", 2),
    "brief": _brief_prompts,
    "telephone": partial(_scene, lambda path: scenes.telephone(sampled("en"), 2, path)),
    "music": partial(_scene, lambda path: scenes.between_music(sampled("en"), 2, path)),
    "two_voices": partial(
        _scene, lambda path: scenes.two_voices(sampled("en"), sampled("it"), 1, path)
    ),
    "several": _several_languages,
    "some_noise": partial(_noises, noises.some),
    **{f"{language}_all": partial(_all_prompts, language) for language in _SAMPLED},
    **{f"{language}_words": partial(_words_alone, language) for language in _SAMPLED},
}
NAMES = tuple(_BUILDERS)
