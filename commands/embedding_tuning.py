"""The sentence model tuned on labelled sentences: what `floorwalker train embedding` and the evaluations share."""
from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from bot.typing_errors import disturb
from commands.errors import CommandError
from models.embedding_export import export, export_tuned, fingerprint, shipped_model
from models.embedding_tuning import TuningSettings, tune
from models.registry import Registry

# Each sentence is shown once as it is and once mistyped, so that a word with a typing error lands beside the word.
MISTYPED_SHARE = 0.1
# Far from the seeds of evaluations: nothing is asked with the very errors that were learnt.
MISTYPED_SEED = 1_000_003
# What is asked of a pipeline to be worth tuning for, in its configuration.
FEATURIZER = "bot.featurizer.SentenceEmbeddingFeaturizer"


def wants_tuning(config: Path) -> bool:
    """Whether the pipeline of ``config`` reads what a tuned embedding adds. Raises CommandError where it is no YAML."""
    try:
        pipeline = yaml.safe_load(config.read_text("utf-8")).get("pipeline") or []
        return any(each.get("name") == FEATURIZER and each.get("tuned", True) for each in pipeline)
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise CommandError(
            f"{config} is no configuration of a pipeline: {error}. Compare it with the project's config.yml."
        ) from error


def publish_tuned(
    registry: Registry,
    base: Path,
    texts: Sequence[str],
    intents: Sequence[str],
    card: dict,
    seed: int = 7,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> str:
    """Tune on ``texts`` of ``intents`` and publish the result beside the embedding exported in ``base``.

    Returns the version.
    """
    if len(set(intents)) < 2:
        raise CommandError(f"{len(set(intents))} intent(s) have examples. Two are needed; write them below data/nlu.")
    mistyped = [disturb(text, MISTYPED_SHARE, MISTYPED_SEED) for text in texts]
    layers = tune(shipped_model(), [*texts, *mistyped], [*intents, *intents],
                  TuningSettings(seed=seed), on_progress=on_progress)
    with registry.draft("embedding") as folder:
        version = export_tuned(shipped_model(), base, layers, folder / "draft")
        registry.publish("embedding", version, folder / "draft", card)
    return version


def publish_untuned(registry: Registry, base: Path, card: dict) -> str:
    """Publish the embedding exported in ``base`` without any tuning; returns the version."""
    files = json.loads((base / "embedding.json").read_text("utf-8"))
    files["version"] = files["base"]
    with registry.draft("embedding") as folder:
        draft = folder / "draft"
        draft.mkdir()
        for name in ("model.onnx", "tokenizer.json"):
            shutil.copy(base / name, draft / name)
        (draft / "embedding.json").write_text(json.dumps(files, indent=2) + "\n", "utf-8")
        registry.publish("embedding", files["version"], draft, card)
    return files["version"]


def exported_base(registry: Registry, folder: Path) -> Path:
    """The exported sentence model without tuning: that of the embedding in use, else exported anew into ``folder``."""
    champion = registry.intact("embedding")
    if champion is not None:
        card = json.loads((champion.directory / "embedding.json").read_text("utf-8"))
        if card.get("base") == fingerprint(shipped_model()):
            return champion.directory
    export(shipped_model(), folder)
    return folder
