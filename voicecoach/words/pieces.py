"""The trained encoder in prompts/encoder, which reads a text as word pieces.

findings/encoder.py hears the criteria in what it makes of them, and words/trailing.py whether
more words must follow. How it was trained: prompts/encoder/README.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voicecoach.errors import PromptsError
from voicecoach.scenarios import folder_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

FIRST, LAST = 101, 102
"""The pieces [CLS] and [SEP] that every text is read between."""


@dataclass(frozen=True)
class Encoder:
    network: InferenceSession
    tokenizer: Tokenizer
    slope: float
    """With ``offsets``: what makes scores into calibrated logits."""
    offsets: Mapping[str, float]
    """By the ids of the criteria that it was trained on, in their order."""

    def encode(self, text: str) -> Encoding:
        """The text's pieces, without FIRST and LAST."""
        # Half a surrogate pair, which JSON may hold, is no text; a "?" leaves the places true.
        text = text.encode("utf-8", "replace").decode("utf-8")
        return self.tokenizer.encode(text, add_special_tokens=False)

    def run(self, outputs: Sequence[str], ids: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        """What the encoder makes of these pieces, in the order of the *outputs* asked for.

        Each has shape (n_pieces + 2, k), for FIRST and LAST are put around the pieces.
        """
        window = np.concatenate([[FIRST], ids, [LAST]]).astype(np.int64)
        return self.network.run(list(outputs), {"ids": window[None]})


def network(path: Path) -> InferenceSession:
    """One from the disk, for one text at a time. Raises what onnxruntime does."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One answer is too little work to share out, and Whisper wants the other cores.
    options.intra_op_num_threads = 1
    # The matrices lie there in 8 bits. Left to itself onnxruntime rounds what passes through the
    # layers to 8 bits, too, otherwise in each version and on each processor, and takes longer.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def load(folder: Path | None = None) -> Encoder:
    """The encoder in *folder*; the one in prompts/ when none is named.

    Raises PromptsError when a file of it is missing or spoilt.
    """
    from tokenizers import Tokenizer

    folder = folder or folder_of("prompts") / "encoder"
    try:
        calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
        encoder = network(folder / "encoder.onnx")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        slope, offsets = calibration["slope"], calibration["offsets"]
        if encoder.get_outputs()[0].shape[-1] != len(offsets):
            raise ValueError("calibration.json is for other criteria")
    except Exception as error:  # Each library raises its own.
        raise PromptsError(
            f"The encoder in {folder} cannot be read ({error}). Install voicecoach again."
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Encoder(encoder, tokenizer, slope, offsets)
