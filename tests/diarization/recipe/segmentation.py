"""The network that hears when up to three voices speak, two of them at once."""

import torch
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.segmentation import PyanNet
from pyannote.audio.utils.powerset import Powerset
from torch import Tensor
from torch.nn.functional import nll_loss
from torch.nn.utils import clip_grad_norm_

from diarization.recipe.batches import AT_ONCE, SECONDS, Pool
from diarization.recipe.schedule import steps

_OVERLAPPING = 2
_BATCH = 16


def untrained() -> PyanNet:
    torch.manual_seed(0)
    network = PyanNet(
        sincnet={"stride": 20},
        lstm={"hidden_size": 32, "num_layers": 2},
        linear={"hidden_size": 32, "num_layers": 1},
    )
    network.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=SECONDS,
        min_duration=None,
        warm_up=(0.0, 0.0),
        classes=[f"speaker#{number + 1}" for number in range(AT_ONCE)],
        powerset_max_classes=_OVERLAPPING,
        permutation_invariant=True,
    )
    network.build()
    return network


def train(network: PyanNet, pool: Pool, seconds: float) -> None:
    powerset = Powerset(AT_ONCE, _OVERLAPPING)
    _freeze_filters(network)
    learning = [each for each in network.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learning, weight_decay=1e-3)
    network.train()
    losses: list[float] = []
    batches = pool.batches(_BATCH, seed=1)
    for _ in steps(optimizer, seconds, rate=5e-3):
        batch = next(batches)
        optimizer.zero_grad()
        found = loss(network(batch.audio), batch.activity, powerset)
        found.backward()
        clip_grad_norm_(learning, 1.0)
        optimizer.step()
        losses.append(found.item())
        if len(losses) % 25 == 0:
            print(f"step {len(losses)}  loss {sum(losses[-25:]) / 25:.3f}", flush=True)
    network.eval()


def loss(scores: Tensor, activity: Tensor, powerset: Powerset) -> Tensor:
    """Voices have no order: the best of all orders counts.

    Scores: (mixtures, frames, sets of voices), logarithms of probabilities.
    """
    sets = powerset.to_powerset(activity).argmax(-1)
    by_order = [
        nll_loss(scores[:, :, list(order)].transpose(1, 2), sets, reduction="none").mean(1)
        for order in powerset.permutation_mapping.values()
    ]
    return torch.stack(by_order).amin(0).mean()


def _freeze_filters(network: PyanNet) -> None:
    """The first filters are good as they begin, and slow to learn."""
    for part in (network.sincnet.wav_norm1d, network.sincnet.conv1d[0]):
        part.requires_grad_(requires_grad=False)
