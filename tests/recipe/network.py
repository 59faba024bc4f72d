"""The network of Whisper in PyTorch, trained with the few tokens that the grammar needs.

All tokens that no sentence needs share one row of the embedding, which the softmax counts as
often as there are such tokens: the loss is that of all 51,865 tokens at a fraction of the cost.
The rows of the timestamps are a projection of sinusoids plus a small residual, so that they
are learned together.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from recipe import vocabulary
from recipe.features import MELS
from recipe.layers import WIDTH, DecoderLayer, EncoderLayer
from recipe.vocabulary import FIRST_TIMESTAMP, TIMESTAMPS

LAYERS, ENCODER_HEADS, DECODER_HEADS = 3, 2, 4
FRAMES, POSITIONS = 1500, 448

_LETTERS = 40  # more than enough


class Whisper(nn.Module):
    """Abbreviated names of parameters are those of the checkpoints that exist."""

    def __init__(self, text_tokens: Sequence[int], words: int) -> None:
        super().__init__()
        self.text_tokens, self.words = list(text_tokens), words
        self.conv1 = nn.Conv1d(MELS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.enc = nn.ModuleList(EncoderLayer(ENCODER_HEADS) for _ in range(LAYERS))
        self.enc_ln = nn.LayerNorm(WIDTH)
        self.dec = nn.ModuleList(DecoderLayer(DECODER_HEADS) for _ in range(LAYERS))
        self.dec_ln = nn.LayerNorm(WIDTH)
        # Which word and which letter is heard in each frame: left out of the export.
        self.word_head = nn.Linear(WIDTH, words)
        self.char_head = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, _LETTERS))
        self._initialise()
        self._add_positions()
        self._add_rows()

    def encode(self, features: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
        """The frames, and what the layers before the last make of them."""
        x = functional.gelu(self.conv1(features))
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        frames = offsets[:, None] + torch.arange(x.shape[1])
        x = x + self.pos_scale * self.enc_sin[frames]
        for layer in self.enc[:-1]:
            x = layer(x)
        return self.enc_ln(self.enc[-1](x)), x

    def decode(self, tokens: Tensor, encoded: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits of the rows, and each layer's attention to the frames."""
        rows = self.rows()
        x = rows[self.comp[tokens]] + self.dec_pos[: tokens.shape[1]]
        attention: list[Tensor] = []
        for layer in self.dec:
            x, weights = layer(x, encoded)
            attention.append(weights)
        return self.dec_ln(x) @ rows.t() + self.multiplicity, attention

    def rows(self) -> Tensor:
        """Of the tokens that are needed, the timestamps, and all other tokens together."""
        timestamps = self.ts_sin @ self.ts_proj + self.ts_res + self.ts_bias
        return torch.cat([self.emb, timestamps, self.unused])

    def embedding(self) -> Tensor:
        """A row for each of Whisper's tokens."""
        return self.rows()[self.comp]

    def positions(self) -> Tensor:
        return self.pos_scale * self.enc_sin

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear) and module is not self.word_head:
                nn.init.normal_(module.weight, std=0.05)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for layer in (*self.enc, *self.dec):
            nn.init.normal_(layer.self_attn.out_proj.weight, std=0.02)
            nn.init.normal_(layer.fc2.weight, std=0.02)
        with torch.no_grad():
            self.conv1.weight *= 3.0
            self.conv2.weight *= 4.0

    def _add_positions(self) -> None:
        self.register_buffer("enc_sin", _sinusoids(FRAMES))
        # Unscaled sinusoids would drown the sound at this width; larger convolutions help too.
        self.pos_scale = nn.Parameter(torch.tensor(0.6))
        self.dec_pos = nn.Parameter(_sinusoids(POSITIONS) * 0.05)

    def _add_rows(self) -> None:
        needed = torch.tensor([*self.text_tokens, *vocabulary.SPECIALS])
        shared = len(needed) + TIMESTAMPS
        comp = torch.full((vocabulary.SIZE,), shared)
        comp[needed] = torch.arange(len(needed))
        comp[FIRST_TIMESTAMP:] = len(needed) + torch.arange(TIMESTAMPS)
        multiplicity = torch.zeros(shared + 1)
        multiplicity[-1] = math.log(vocabulary.SIZE - shared)
        self.register_buffer("comp", comp)
        self.register_buffer("multiplicity", multiplicity, persistent=False)
        self.register_buffer("ts_sin", _sinusoids(TIMESTAMPS))
        self.emb = nn.Parameter(torch.randn(len(needed), WIDTH) * 0.06)
        self.unused = nn.Parameter(torch.randn(1, WIDTH) * 0.06)
        self.ts_proj = nn.Parameter(torch.linalg.qr(torch.randn(WIDTH, WIDTH))[0] * 0.08)
        self.ts_res = nn.Parameter(torch.zeros(TIMESTAMPS, WIDTH))
        self.ts_bias = nn.Parameter(torch.randn(1, WIDTH) * 0.06)


def _sinusoids(length: int) -> Tensor:
    pace = math.log(10_000) / (WIDTH // 2 - 1)
    angles = torch.arange(length)[:, None] * torch.exp(-pace * torch.arange(WIDTH // 2))
    return torch.cat([angles.sin(), angles.cos()], 1)
