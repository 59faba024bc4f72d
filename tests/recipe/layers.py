"""Attention, and the layers of encoder and decoder; parameters have Hugging Face's names."""

from torch import Tensor, nn
from torch.nn import functional

WIDTH, HIDDEN = 128, 512


class Attention(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(WIDTH, WIDTH)
        self.k_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.v_proj = nn.Linear(WIDTH, WIDTH)
        self.out_proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor, *, causal: bool = False) -> Tensor:
        query, key, value = self._split(x, x)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        return self._joined(mixed)

    def across(self, x: Tensor, encoded: Tensor) -> tuple[Tensor, Tensor]:
        """Also the logarithm of every weight: (windows, heads, positions, frames)."""
        query, key, value = self._split(x, encoded)
        similarity = (query @ key.transpose(-1, -2)) * (WIDTH // self.heads) ** -0.5
        weights = functional.log_softmax(similarity, -1)
        return self._joined(weights.exp() @ value), weights

    def _split(self, x: Tensor, other: Tensor) -> list[Tensor]:
        projected = self.q_proj(x), self.k_proj(other), self.v_proj(other)
        return [part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in projected]

    def _joined(self, mixed: Tensor) -> Tensor:
        return self.out_proj(mixed.transpose(1, 2).flatten(2))


class EncoderLayer(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.self_attn = Attention(heads)
        self.self_attn_layer_norm = nn.LayerNorm(WIDTH)
        self.fc1 = nn.Linear(WIDTH, HIDDEN)
        self.fc2 = nn.Linear(HIDDEN, WIDTH)
        self.final_layer_norm = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.self_attn_layer_norm(x))
        return x + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x))))


class DecoderLayer(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.self_attn = Attention(heads)
        self.self_attn_layer_norm = nn.LayerNorm(WIDTH)
        self.encoder_attn = Attention(heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(WIDTH)
        self.fc1 = nn.Linear(WIDTH, HIDDEN)
        self.fc2 = nn.Linear(HIDDEN, WIDTH)
        self.final_layer_norm = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor, encoded: Tensor) -> tuple[Tensor, Tensor]:
        x = x + self.self_attn(self.self_attn_layer_norm(x), causal=True)
        heard, weights = self.encoder_attn.across(self.encoder_attn_layer_norm(x), encoded)
        x = x + heard
        return x + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x)))), weights
