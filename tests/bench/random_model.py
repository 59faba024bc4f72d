# pyright: reportMissingTypeStubs=false
"""Makes a Whisper model of any size with random weights: to measure speed, not words.

Its text is certain nonsense in English, and of about the same length in every window.
"""

import argparse
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs.whisper_spec import WhisperSpec
from numpy.typing import NDArray
from tokenizers import Tokenizer

from transcribid import starter

_TOKENIZER = "tokenizer.json"
_FEATURES = "preprocessor_config.json"
_HEARD, _WRITTEN = 1500, 448  # positions of the encoder and of the decoder
_LANGUAGES = 99
_STRIDE = 7919  # from each token of text to the one that follows it
_CERTAINTY = 2.0  # standard deviation of the logits, with which the text becomes certain
_FAINT = 0.3  # what positions add to tokens
_ALIGNMENT_HEADS = 6

Spec = Any
"""A part of a model, with an attribute for each array in it."""


@dataclass(frozen=True, slots=True)
class Shape:
    width: int
    encoder_layers: int
    decoder_layers: int
    heads: int
    mels: int


SHAPES = {
    "tiny": Shape(384, 4, 4, 6, 80),
    "small": Shape(768, 12, 12, 12, 80),
    "large-v3-turbo": Shape(1280, 32, 4, 20, 128),
    "large-v3": Shape(1280, 32, 32, 20, 128),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quantization", choices=("int8", "float16", "float32"))
    parser.add_argument("--tokens", type=int, default=100, help="in each window, about")
    asked = parser.parse_args()
    build(SHAPES[asked.shape], asked.folder, asked.quantization, asked.tokens)


def build(shape: Shape, folder: Path, quantization: str | None, tokens: int) -> None:
    """The same model each time. The folder gets its name once it is whole."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    spec: Spec = WhisperSpec(
        shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads
    )
    Weights(shape, tokens).fill(spec)
    _configure(spec, shape)
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(os.fspath(part))
    shutil.copy(starter.MODEL / _TOKENIZER, part)
    features = json.loads((starter.MODEL / _FEATURES).read_text())
    (part / _FEATURES).write_text(json.dumps({**features, "feature_size": shape.mels}))
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


class Weights:
    """Every layer keeps numbers near one, so that they stay small in half precision too.

    What layers add to a token is less than the token itself, and the output prefers the
    token one stride further on: the text is certain and does not repeat itself. The
    positions lean towards the end of text more and more, and outweigh the token at last.
    """

    def __init__(self, shape: Shape, tokens: int) -> None:
        self._shape = shape
        self._tokens = tokens
        self._random = np.random.default_rng(0)

    def fill(self, spec: Spec) -> None:
        self._fill_encoder(spec.encoder)
        self._fill_decoder(spec.decoder)

    def _fill_encoder(self, spec: Spec) -> None:
        width = self._shape.width
        self._fill_linear(spec.conv1, (width, self._shape.mels, 3))
        self._fill_linear(spec.conv2, (width, width, 3))
        spec.position_encodings.encodings = self._normal((_HEARD, width), _FAINT)
        self._fill_layers(spec)

    def _fill_decoder(self, spec: Spec) -> None:
        width = self._shape.width
        end, english = _token("<|endoftext|>"), _token("<|en|>")
        ending = self._normal((width,), 1.0)
        lean = np.arange(_WRITTEN, dtype=np.float16)[:, None] / np.float16(self._tokens)
        positions = self._normal((_WRITTEN, width), _FAINT) + lean * ending
        embeddings = self._normal((_tokenizer().get_vocab_size(), width), 1.0)
        output = np.zeros_like(embeddings)
        output[:end] = np.roll(embeddings[:end], _STRIDE, axis=0)
        output[end], output[english] = ending, embeddings[_token("<|startoftranscript|>")]
        spec.embeddings.weight = embeddings
        spec.projection.weight = output * np.float16(_CERTAINTY / width**0.5)
        spec.position_encodings.encodings = positions
        self._fill_layers(spec)
        for layer in spec.layer:
            self._fill_attention(layer.attention, len(spec.layer))

    def _fill_layers(self, spec: Spec) -> None:
        """What the layers of both sides have in common."""
        width, layers = self._shape.width, len(spec.layer)
        for layer in spec.layer:
            self._fill_attention(layer.self_attention, layers)
            self._fill_linear(layer.ffn.linear_0, (4 * width, width))
            self._fill_linear(layer.ffn.linear_1, (width, 4 * width), layers)
            self._fill_norm(layer.ffn.layer_norm)
        self._fill_norm(spec.layer_norm)

    def _fill_attention(self, spec: Spec, layers: int) -> None:
        width = self._shape.width
        parts = (3,) if len(spec.linear) == 2 else (1, 2)  # of query, key and value
        for linear, part in zip(spec.linear[:-1], parts, strict=True):
            self._fill_linear(linear, (part * width, width))
        self._fill_linear(spec.linear[-1], (width, width), layers)
        self._fill_norm(spec.layer_norm)

    def _fill_linear(self, spec: Spec, shape: Sequence[int], layers: int = 0) -> None:
        """`layers` says how many others add to the same sum."""
        inputs = int(np.prod(shape[1:]))
        spec.weight = self._normal(shape, (inputs * max(1, 3 * layers)) ** -0.5)
        spec.bias = np.zeros(shape[0], np.float16)

    def _fill_norm(self, spec: Spec) -> None:
        spec.gamma = np.ones(self._shape.width, np.float16)
        spec.beta = np.zeros(self._shape.width, np.float16)

    def _normal(self, shape: Sequence[int], spread: float) -> NDArray[np.float16]:
        values = self._random.standard_normal(shape, np.float32)
        values *= spread
        return values.astype(np.float16)


def _configure(spec: Spec, shape: Shape) -> None:
    tokenizer, first, last = _tokenizer(), _token("<|en|>"), shape.decoder_layers - 1
    spec.register_vocabulary(
        [tokenizer.id_to_token(token) for token in range(tokenizer.get_vocab_size())]
    )
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [_token("<|endoftext|>")]
    spec.config.lang_ids = list(range(first, first + _LANGUAGES))
    spec.config.alignment_heads = [[last, head] for head in range(_ALIGNMENT_HEADS)]


def _token(text: str) -> int:
    token = _tokenizer().token_to_id(text)
    assert token is not None
    return token


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer.from_file(os.fspath(starter.MODEL / _TOKENIZER))


if __name__ == "__main__":
    main()
