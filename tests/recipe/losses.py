"""What the network is judged by."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from recipe.batches import Batch
from recipe.network import Whisper
from recipe.scripts import NOT_ASKED
from recipe.vocabulary import FIRST_TIMESTAMP, LAST_TIMESTAMP

GUIDED_HEADS = ((1, 0), (2, 0), (2, 1))  # decoder layer, head

_NEIGHBOURS = torch.tensor([-2, -1, 0, 1, 2])
_SOFTNESS = torch.tensor([0.06, 0.22, 0.44, 0.22, 0.06])


class Losses(NamedTuple):
    tokens: Tensor  # what the decoder says
    words: Tensor  # which word the encoder hears in each frame
    letters: Tensor
    attention: Tensor  # where the guided heads look


def losses(network: Whisper, batch: Batch) -> Losses:
    encoded, earlier = network.encode(batch.features, batch.offsets)
    logits, attention = network.decode(batch.tokens, encoded)
    words, letters = network.word_head(encoded), network.char_head(earlier)
    return Losses(
        tokens=_tokens(network, logits, batch.answers),
        words=functional.cross_entropy(words.mT, batch.words, label_smoothing=0.02),
        letters=functional.cross_entropy(letters.mT, batch.letters),
        attention=_attention(attention, batch.guides),
    )


def _tokens(network: Whisper, logits: Tensor, answers: Tensor) -> Tensor:
    """A timestamp that is almost right is almost as good."""
    asked = answers != NOT_ASKED
    wanted = answers[asked][:, None]
    near = (wanted + _NEIGHBOURS).clamp(FIRST_TIMESTAMP, LAST_TIMESTAMP)
    wanted = torch.where(wanted < FIRST_TIMESTAMP, wanted, near)
    likelihood = functional.log_softmax(logits[asked], -1).gather(1, network.comp[wanted])
    return -(likelihood * _SOFTNESS).sum(1).mean()


def _attention(attention: list[Tensor], guides: Tensor) -> Tensor:
    """How far from looking at the frames of the token, all alike, and at no others."""
    if not len(guides):
        return torch.zeros(())
    window, position, first, last = guides.T
    frames = torch.arange(attention[0].shape[-1])
    wanted = ((first[:, None] <= frames) & (frames < last[:, None])).float()
    wanted /= wanted.sum(1, keepdim=True)
    looked = [attention[layer][window, head, position] for layer, head in GUIDED_HEADS]
    divergences = [functional.kl_div(each, wanted, reduction="batchmean") for each in looked]
    return torch.stack(divergences).mean()
