"""Nobody who speaks in any channel is lost, whatever the declared layout."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from support.sounds import bundled
from support.sounds import decoded as sound_of
from support.wav import floats
from transcribid.preparer.decode import Recording
from transcribid.preparer.mixing import Mixer
from transcribid.preparer.mono import RATE, Samples

ONE = bundled("en-short.wav")[: 3 * RATE]
OTHER = bundled("en-long.flac")[4 * RATE : 7 * RATE]


def mixed(*channels: Samples) -> Samples:
    mixer = Mixer(len(channels), RATE)
    together = np.stack(channels)
    pieces = [piece for part in np.array_split(together, 17, 1) for piece in mixer.add(part)]
    return np.concatenate([*pieces, *mixer.flush()])


def gain(sound: Samples, of: Samples) -> float:
    """How loud one sound is in another, whatever its phase."""
    one, other = _analytic(sound), _analytic(of)
    return float(abs(np.vdot(one, other)) / np.vdot(one, one).real)


def _analytic(samples: Samples) -> NDArray[np.complex128]:
    spectrum = np.fft.fft(samples)
    spectrum[len(samples) // 2 :] = 0
    return np.fft.ifft(spectrum)


SCENES = {
    "both the same": [(ONE, ONE)],
    "one inverted": [(ONE, -ONE)],
    "one silent": [(ONE, 0 * ONE)],
    "much quieter": [(ONE, 0.001 * ONE)],
    "centre of a declared 5.1": [(0 * ONE, 0 * ONE, ONE, 0 * ONE, 0 * ONE, 0 * ONE)],
    "low-frequency channel alone": [(0 * ONE, 0 * ONE, 0 * ONE, ONE, 0 * ONE, 0 * ONE)],
}


@pytest.mark.parametrize("scene", SCENES)
def test_one_voice_stays_as_loud_and_as_it_is(scene: str) -> None:
    [channels] = SCENES[scene]
    found = mixed(*channels)

    assert gain(ONE, found) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("others", [0, 1, 4, 10])
@pytest.mark.parametrize("signs", [(1, 0, 0, 1), (1, 1, 1, -1), (1, -1, 0, 1)])
def test_neither_of_two_voices_is_lost(signs: tuple[int, ...], others: int) -> None:
    """A channel each, one of them inverted in the second channel, and both at once."""
    a, b, c, d = signs
    silent = [0 * ONE] * others
    found = mixed(a * ONE + c * OTHER, b * ONE + d * OTHER, *silent)

    assert gain(ONE, found) > 0.4
    assert gain(OTHER, found) > 0.4


def test_a_voice_that_is_inverted_two_channels_further_is_not_lost() -> None:
    found = mixed(ONE, OTHER, -ONE)

    assert gain(ONE, found) > 0.4
    assert gain(OTHER, found) > 0.2


def test_the_mix_does_not_depend_on_how_it_is_cut(tmp_path: Path) -> None:
    channels = np.stack([ONE + OTHER, ONE - OTHER])
    mixer = Mixer(2, RATE)
    at_once = np.concatenate([*mixer.add(channels), *mixer.flush()])

    np.testing.assert_array_equal(at_once, mixed(*channels))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -7e30])
def test_one_sample_that_is_no_number_costs_nothing(tmp_path: Path, value: float) -> None:
    spoilt = ONE.copy()
    spoilt[RATE + 77] = value
    found = decoded(floats(tmp_path / "a.wav", spoilt))

    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1.0
    good = np.delete(np.arange(len(ONE)), RATE + 77)
    np.testing.assert_allclose(found[good], ONE[good], atol=1e-6)


@pytest.mark.parametrize("scale", [2.0**15, 2.0**23, 2.0**31])
def test_floats_in_the_scale_of_integers_are_sound(tmp_path: Path, scale: float) -> None:
    found = decoded(floats(tmp_path / "a.wav", ONE * np.float32(scale)))

    np.testing.assert_allclose(found, ONE, atol=1e-4)


def test_what_is_a_little_too_loud_is_turned_down(tmp_path: Path) -> None:
    loud = ONE / np.abs(ONE).max() * 4
    found = decoded(floats(tmp_path / "a.wav", loud))

    assert np.mean(np.abs(found) >= 0.999) < 0.01  # clicks, not half of the sound
    assert 1.0 <= gain(loud / 4, found) < 2.0


@pytest.mark.parametrize("channels", [3, 6, 9, 12, 32, 64, 512])
def test_any_number_of_channels_is_decoded(tmp_path: Path, channels: int) -> None:
    many = np.zeros((channels, len(ONE)), np.float32)
    many[channels // 2] = ONE
    found = decoded(floats(tmp_path / "a.wav", many))

    assert gain(ONE, found) == pytest.approx(1.0, abs=0.1)


def decoded(path: Path) -> Samples:
    with path.open("rb") as file:
        return sound_of(Recording(file, 3600.0))


def test_a_constant_voltage_takes_the_place_of_nobody() -> None:
    found = mixed(0.01 * ONE, np.full_like(ONE, 0.5))

    assert gain(0.01 * ONE, found) > 0.9
    assert abs(float(np.mean(found))) < 1e-3


def test_quiet_speech_over_a_voltage_is_left_without_it() -> None:
    found = mixed(0.001 * ONE + np.float32(0.3))

    assert np.allclose(found, 0.001 * ONE, atol=1e-4)


@pytest.mark.parametrize("wild", [1e4, 1e9])
def test_a_burst_of_wild_samples_costs_no_other_sound(tmp_path: Path, wild: float) -> None:
    samples = np.concatenate([0 * ONE[:RATE], ONE])
    samples[2000:2040] = wild
    with floats(tmp_path / "burst.wav", samples).open("rb") as file:
        found = sound_of(Recording(file, 60.0))

    assert np.allclose(found[RATE:], ONE, atol=1e-3)
