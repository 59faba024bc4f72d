# ruff: noqa: E402  (what is imported below needs what is looked for above)
# pyright: basic
import ctypes
import shutil
from pathlib import Path
from random import Random

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

from faster_whisper import WhisperModel

from recipe import batches, checkpoint, speech, training, utterances
from recipe.batches import Batch
from recipe.export import export
from recipe.losses import losses
from recipe.network import Whisper
from recipe.phases import Phase
from recipe.speech import Job, Speaker
from recipe.training import Plan
from recipe.windows import SHORT
from transcribid import starter

pytestmark = pytest.mark.recipe

JOBS = (
    Job(Speaker.ESPEAK, "en", 24, seed=1),
    Job(Speaker.ESPEAK, "es", 24, seed=2),
    Job(Speaker.FLITE, "en", 12, seed=3),
)
BRIEF = Phase(40, rate=2e-3, warmup=10, full_windows=False, first_batch=0.5)


@pytest.fixture(autouse=True)
def voices():
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        pytest.skip("libespeak-ng1 is not installed")
    if not (shutil.which("gcc") and Path("/usr/include/flite/flite.h").exists()):
        pytest.skip("gcc or flite1-dev is not installed")


def test_speech_training_and_export_make_a_model_for_faster_whisper(tmp_path: Path):
    speech.make(tmp_path, "training", JOBS)
    training.train(Plan(tmp_path, tmp_path / "checkpoint.pt", [BRIEF]))
    trained = checkpoint.load(tmp_path / "checkpoint.pt")
    export(trained.average, tmp_path / "model")

    batch = batches.batch(SHORT, 10, utterances.load(tmp_path, "training"), Random(0))
    before, after = loss(training.untrained().network, batch), loss(trained.network, batch)
    assert after < 0.7 * before

    model = WhisperModel(str(tmp_path / "model"), device="cpu", compute_type="int8")
    recording = str(starter.RECORDINGS / "en-short.wav")
    segments, about = model.transcribe(recording, word_timestamps=True, temperature=0.0)
    assert about.language in ("en", "es")  # the first thing it learns, of 99
    assert all(segment.text for segment in segments)


@torch.no_grad()
def loss(network: Whisper, batch: Batch) -> float:
    return losses(network, batch).tokens.item()
