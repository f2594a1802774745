"""Vectors of the trainers' sentences, kept from one training to the next: only new sentences are embedded.

Without ``keep_in`` every sentence is embedded each time, as in evaluations, whose seconds of training would else depend
on what was trained before.
"""
from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

# Of so many sentences the vectors are kept, those of the latest training first: 92 MB of 1,152 float32 each.
MOST_SENTENCES = 20_000


class _Kept:
    """Where vectors are kept in this process: a file, or nowhere."""

    path: Path | None = None


def keep_in(path: Path | None) -> None:
    """From now on, keep the vectors of this process's trainings in the file at ``path``; None: keep none.

    One process at a time may write it.
    """
    _Kept.path = path


def features(embed: Callable[[list[str]], np.ndarray], version: str, texts: list[str]) -> np.ndarray:
    """``embed(texts)``, (n, features) float32, asked only for the texts whose vectors are not known yet.

    ``version`` names all that ``embed`` depends on: vectors of another one are forgotten, and so are vectors that have
    another number of features than ``embed`` makes now. To know that number, at least one text is embedded each time.
    """
    if _Kept.path is None or not texts:
        return embed(texts)
    known = read(_Kept.path, version)
    latest = dict.fromkeys(texts)
    new = [text for text in latest if text not in known]
    made = embed(new or texts[:1])
    if known and made.shape[1] != len(next(iter(known.values()))):
        known, new = {}, list(latest)
        made = embed(new)
    if new:
        known.update(zip(new, made, strict=True))
        kept = [*latest, *(text for text in known if text not in latest)][:MOST_SENTENCES]
        write(_Kept.path, version, {text: known[text] for text in kept})
    return np.stack([known[text] for text in texts])


def read(path: Path, version: str) -> dict[str, np.ndarray]:
    """The vectors in the file at ``path``, by their text; empty where they are of another version or it is broken."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            vectors = stored["vectors"]
            if str(stored["version"]) != version or vectors.ndim != 2:
                return {}
            return dict(zip(json.loads(str(stored["texts"])), vectors, strict=True))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        # Missing, or not what was written here: everything is embedded anew.
        return {}


def write(path: Path, version: str, vectors: dict[str, np.ndarray]) -> None:
    """Store ``vectors`` by their text; the file holds all of them or is left as it was. One process at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft.npz")  # always this name: the next one takes the place of one that was killed
    np.savez(draft, version=np.array(version), texts=np.array(json.dumps(list(vectors))),
             vectors=np.stack(list(vectors.values())))
    os.replace(draft, path)
