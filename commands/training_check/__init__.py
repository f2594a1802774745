"""What is wrong with the trainers' files, before anything is trained on them.

``check(root)`` reads ``data/nlu``, ``data/rules``, ``data/stories``, the domain and the code of the actions, and
returns problems that each name a file, a line and a remedy. One module a subject; ``docs/evaluation.md`` lists the
codes.
"""
from __future__ import annotations

from pathlib import Path

from commands.training_check.intents import check_intents
from commands.training_check.keys import check_keys
from commands.training_check.near_duplicates import Embed, RememberedVectors, near_duplicates
from commands.training_check.responses import check_responses
from models.embedding import SentenceEmbedding
from models.registry import Registry
from models.training_data.entities import check_entities
from models.training_data.files import TrainingFiles
from models.training_data.problem import ERROR, WARNING, Problem
from models.training_data.sentences import check_sentences
from shop.settings import settings

__all__ = ["ERROR", "WARNING", "Problem", "check", "embedding_in_use"]

VECTORS = "training-check.npz"


def check(root: Path, embed: Embed | None = None) -> list[Problem]:
    """Problems of the files below ``root``, errors first, then by file and line; empty where all is well.

    ``embed`` makes vectors of sentences, for near-duplicates; by default the embedding in use makes them. Where none
    was made yet, a problem of code ``embedding-missing`` says that near-duplicates were not looked for.
    """
    files = TrainingFiles.read(root)
    problems = list(files.problems)
    for each in (check_keys, check_sentences, check_entities):
        problems += each(files)
    if not files.problems:
        # What a file that cannot be read defines would be missing everywhere else: only noise.
        problems += check_intents(files)
        problems += check_responses(files)
    embed = embed or embedding_in_use()
    if embed is not None:
        problems += near_duplicates(files.examples, embed)
    elif files.examples:
        problems.append(Problem.at(
            files.examples[0].place, "embedding-missing", WARNING,
            "Near-duplicates were not looked for, as there is no sentence embedding yet.",
            "Make it with `floorwalker train embedding`.",
        ))
    return sorted(problems, key=lambda problem: (problem.severity != ERROR, problem.file, problem.line))


def embedding_in_use(vectors: str = VECTORS) -> Embed | None:
    """The embedding in use, None before there is one. It keeps vectors in the file ``vectors`` of the var folder."""
    version = Registry(settings.var / "models").champion("embedding")
    if version is None:
        return None
    return RememberedVectors(
        settings.var / vectors, version.name, lambda: SentenceEmbedding.load(version.directory).embed
    )
