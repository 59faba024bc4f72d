"""Speaks, trains both networks, each on one core, and assembles."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import torch

from diarization.recipe import assembling, embedding, mixtures, plda, segmentation, voices
from diarization.recipe.batches import SECONDS, Pool

_SENTENCES = 20  # of each voice
_MIXTURES = 4000


def make(folder: Path, data: Path, seconds: float) -> None:
    if not (data / "training.pcm").exists():
        voices.save(data, "held-out", voices.speak(voices.held_out(), 40, held_out=True))
        spoken = voices.speak(voices.training(), _SENTENCES, held_out=False)
        voices.save(data, "training", spoken)
    assembling.save_config(folder)
    context = multiprocessing.get_context("spawn")
    works: tuple[Callable[..., None], ...] = (_make_segmentation, _make_embedding)
    processes = [context.Process(target=work, args=(folder, data, seconds)) for work in works]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


def _make_segmentation(folder: Path, data: Path, seconds: float) -> None:
    torch.set_num_threads(1)
    network = segmentation.untrained()
    segmentation.train(network, _pool(data, _MIXTURES, seed=5), seconds)
    assembling.save_network(network, folder / "segmentation")


def _make_embedding(folder: Path, data: Path, seconds: float) -> None:
    torch.set_num_threads(1)
    network = embedding.untrained()
    count = len(voices.training())
    embedding.train(network, _pool(data, _MIXTURES, seed=6), count, seconds / 2)
    assembling.save_network(embedding.widened(network), folder / "embedding")
    plda.save(folder / "plda", *embedding.examples(network, _pool(data, 1000, seed=7)))


def _pool(data: Path, count: int, seed: int) -> Pool:
    spoken = voices.load(data, "training")
    mixed = mixtures.mixtures(spoken, count, SECONDS, seed)
    return Pool(mixed, sorted(spoken), segmentation.untrained())
