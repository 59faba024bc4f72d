"""The network that hears whose voice it is."""

from itertools import islice
from typing import Any, cast

import torch
from numpy.typing import NDArray
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.embedding.xvector import XVectorMFCC
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, normalize
from torch.nn.utils import clip_grad_norm_

from diarization.recipe.batches import SECONDS, Batch, Pool
from diarization.recipe.schedule import steps

_WIDTHS = (64, 64, 64, 64, 192)
_DIMENSION = 64
_BATCH = 32
_SCALE, _MARGIN = 20.0, 0.2
_SHORTEST = 15  # frames of a voice to learn from


def untrained() -> XVectorMFCC:
    """Narrower than pyannote's own, which `widened` makes of it in the end."""
    torch.manual_seed(0)
    network = _full()
    layers: list[nn.Module] = []
    width = network.hparams.mfcc["n_mfcc"]
    for wide, kernel, dilation in zip(
        _WIDTHS, network.kernel_size, network.dilation, strict=True
    ):
        convolution = nn.Conv1d(width, wide, kernel, dilation=dilation)
        layers += [convolution, nn.LeakyReLU(), nn.BatchNorm1d(wide)]
        width = wide
    network.tdnns = nn.ModuleList(layers)
    network.embedding = nn.Linear(2 * width, _DIMENSION)
    return network


def train(network: XVectorMFCC, pool: Pool, voices: int, seconds: float) -> None:
    centres = nn.Parameter(torch.randn(voices, _DIMENSION))
    learning = [*network.parameters(), centres]
    optimizer = torch.optim.AdamW(learning, weight_decay=1e-2)
    network.train()
    found: list[Tensor] = []
    batches = pool.batches(_BATCH, seed=2)
    for step in steps(optimizer, seconds, rate=5e-3):
        embeddings, labels = embedded(network, next(batches), shorten=True)
        cosines = linear(normalize(embeddings), normalize(centres))
        right = nn.functional.one_hot(labels, voices).bool()
        optimizer.zero_grad()
        loss = cross_entropy(_SCALE * torch.where(right, cosines - _MARGIN, cosines), labels)
        loss.backward()
        clip_grad_norm_(learning, 5.0)
        optimizer.step()
        accuracy = (cosines.argmax(1) == labels).float().mean()
        found.append(torch.stack((loss.detach(), accuracy)))
        if step % 25 == 24:
            mean = torch.stack(found[-25:]).mean(0)
            print(f"step {step + 1}  loss {mean[0]:.3f}  right {mean[1]:.3f}", flush=True)
    network.eval()


def embedded(network: XVectorMFCC, batch: Batch, *, shorten: bool) -> tuple[Tensor, Tensor]:
    """Of every voice in every mixture, from where it speaks alone; and the voice's number."""
    alone = batch.activity * (batch.activity.sum(2, keepdim=True) == 1)
    if shorten:
        alone = _shortened(alone)
    kept = (alone.sum(1) >= _SHORTEST) & (batch.voices >= 0)
    frames = network.mfcc(batch.audio).squeeze(1)
    for layer in network.tdnns:
        frames = layer(frames)
    mixture, voice = kept.nonzero(as_tuple=True)
    pooled = network.stats_pool(frames[mixture], weights=alone[mixture, :, voice])
    return network.embedding(pooled), batch.voices[kept]


@torch.no_grad()
def examples(network: XVectorMFCC, pool: Pool) -> tuple[NDArray[Any], NDArray[Any]]:
    """Embeddings of parts of all mixtures, and whose they are."""
    batches = islice(pool.batches(_BATCH, seed=3), len(pool) // _BATCH)
    found = [embedded(network, batch, shorten=True) for batch in batches]
    embeddings, labels = zip(*found, strict=True)
    return torch.cat(embeddings).double().numpy(), torch.cat(labels).numpy()


def _shortened(alone: Tensor) -> Tensor:
    """At times only a part of the ten seconds, so that short turns are learned too."""
    mixtures, frames, voices = alone.shape
    length = torch.randint(frames // 5, 2 * frames, (mixtures, 1, voices))
    first = (torch.rand(mixtures, 1, voices) * (frames - length).clamp(min=0)).int()
    number = torch.arange(frames)[None, :, None]
    return alone * ((first <= number) & (number < first + length))


@torch.no_grad()
def widened(narrow: XVectorMFCC) -> XVectorMFCC:
    """The same network in pyannote's fixed widths: the rest of it is zero."""
    wide = _full()
    for theirs, ours in zip(wide.tdnns, narrow.tdnns, strict=True):
        for name, value in theirs.state_dict().items():
            value.fill_(1 if name == "running_var" else 0)
            part = ours.state_dict()[name]
            value[tuple(slice(size) for size in part.shape)] = part
    last, ours = wide.embedding, narrow.embedding
    for parameter in last.parameters():
        parameter.zero_()
    half, used = last.in_features // 2, ours.in_features // 2
    last.weight[:, :used] = ours.weight[:, :used]
    last.weight[:, half : half + used] = ours.weight[:, used:]
    last.bias.copy_(ours.bias)
    return wide.eval()


def _full() -> XVectorMFCC:
    melkwargs = {"n_fft": 512, "hop_length": 320, "n_mels": 40}
    mfcc = {"n_mfcc": 30, "log_mels": True, "melkwargs": melkwargs}
    network = XVectorMFCC(mfcc=mfcc, dimension=_DIMENSION)
    network.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=SECONDS
    )
    network.build()
    return cast("XVectorMFCC", network)
