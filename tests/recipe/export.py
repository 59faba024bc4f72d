"""Turns a checkpoint into a model for faster-whisper: CTranslate2, 8-bit.

Run: python -m recipe.export CHECKPOINT FOLDER
"""

import argparse
import shutil
from pathlib import Path

from ctranslate2.converters import utils
from ctranslate2.specs.attention_spec import MultiHeadAttentionSpec
from ctranslate2.specs.common_spec import LayerNormSpec, LinearSpec
from ctranslate2.specs.model_spec import LayerSpec
from ctranslate2.specs.whisper_spec import WhisperSpec
from numpy import ndarray
from tokenizers import Tokenizer
from torch import Tensor, nn

from recipe import checkpoint, vocabulary
from recipe.layers import Attention, DecoderLayer, EncoderLayer
from recipe.network import DECODER_HEADS, ENCODER_HEADS, LAYERS, Whisper
from transcribid import starter

_ALIGNMENT_HEADS = [[1, 0], [2, 0]]  # of the guided heads the pair with the best word times
_LANGUAGES = range(50_259, 50_358)
_SPACE = 220
_TOKENIZER = "tokenizer.json"  # without it faster-whisper asks the hub
_FEATURES = "preprocessor_config.json"  # without it faster-whisper takes 80 mels for granted


def export(network: Whisper, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    spec = WhisperSpec(LAYERS, ENCODER_HEADS, LAYERS, DECODER_HEADS)
    _copy_encoder(spec.encoder, network)
    _copy_decoder(spec.decoder, network)
    _configure(spec)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    for name in (_TOKENIZER, _FEATURES):
        if not (folder / name).exists():  # it may be the very folder they come from
            shutil.copy(starter.MODEL / name, folder)


def _copy_encoder(spec: LayerSpec, network: Whisper) -> None:
    _copy_linear(spec.conv1, network.conv1)
    _copy_linear(spec.conv2, network.conv2)
    spec.position_encodings.encodings = _array(network.positions())
    for layer_spec, layer in zip(spec.layer, network.enc, strict=True):
        _copy_layer(layer_spec, layer)
    _copy_norm(spec.layer_norm, network.enc_ln)


def _copy_decoder(spec: LayerSpec, network: Whisper) -> None:
    spec.embeddings.weight = _array(network.embedding())
    spec.projection.weight = spec.embeddings.weight
    spec.position_encodings.encodings = _array(network.dec_pos)
    for layer_spec, layer in zip(spec.layer, network.dec, strict=True):
        _copy_layer(layer_spec, layer)
        _copy_attention(layer_spec.attention, layer.encoder_attn)
        _copy_norm(layer_spec.attention.layer_norm, layer.encoder_attn_layer_norm)
    _copy_norm(spec.layer_norm, network.dec_ln)


def _copy_layer(spec: LayerSpec, layer: EncoderLayer | DecoderLayer) -> None:
    _copy_attention(spec.self_attention, layer.self_attn)
    _copy_norm(spec.self_attention.layer_norm, layer.self_attn_layer_norm)
    _copy_linear(spec.ffn.linear_0, layer.fc1)
    _copy_linear(spec.ffn.linear_1, layer.fc2)
    _copy_norm(spec.ffn.layer_norm, layer.final_layer_norm)


def _copy_attention(spec: MultiHeadAttentionSpec, attention: Attention) -> None:
    query, key = _linear(attention.q_proj), _linear(attention.k_proj)
    value = _linear(attention.v_proj)
    *inputs, output = spec.linear
    fused = [[query, key, value]] if len(inputs) == 1 else [[query], [key, value]]
    for linear, parts in zip(inputs, fused, strict=True):
        utils.fuse_linear(linear, parts)
    _copy_linear(output, attention.out_proj)


def _linear(module: nn.Linear) -> LinearSpec:
    spec = LinearSpec()
    _copy_linear(spec, module)
    return spec


def _copy_linear(spec: LayerSpec, module: nn.Linear | nn.Conv1d) -> None:
    spec.weight = _array(module.weight)
    if module.bias is not None:
        spec.bias = _array(module.bias)


def _copy_norm(spec: LayerNormSpec, module: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(module.weight), _array(module.bias)


def _array(tensor: Tensor) -> ndarray:
    return tensor.detach().contiguous().numpy()


def _configure(spec: WhisperSpec) -> None:
    tokenizer = Tokenizer.from_file(str(starter.MODEL / _TOKENIZER))
    spec.register_vocabulary([tokenizer.id_to_token(token) for token in range(vocabulary.SIZE)])
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [_SPACE, vocabulary.END]
    spec.config.lang_ids = list(_LANGUAGES)  # without them no language is detected
    spec.config.alignment_heads = _ALIGNMENT_HEADS  # without them there are no word times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    export(checkpoint.load(chosen.checkpoint).average, chosen.folder)


if __name__ == "__main__":
    main()
