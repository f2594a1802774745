"""Like questions brought together and named: from sentences and their vectors to clusters. Knows no conversation.

Average linkage over cosine distance: a sentence joins a cluster that it is like as a whole, so that no chain of
neighbours leads from one subject to another. What is like nothing stays out.
"""
from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

SIMILARITY = 0.35  # mean cosine within a cluster; found on the questions of tests/models/test_question_clusters.py
MIN_SIZE = 3
MOST_SENTENCES = 3000  # of different wording; time and memory grow with the square: 1 s and 72 MB
TERMS = 3
NAME_CHARS = 200
ID_CHARS = 12
# Half of an earlier cluster found again in one of now, or the other way round, is the same one.
SAME_FROM = 0.5
WORD = r"(?u)\b[^\W\d_]{3,}\b"
# Words of talk, and what masking leaves, distinguish no subject.
TALK = {
    "hi", "hello", "hey", "please", "thanks", "thank", "want", "need", "like", "know", "tell", "does", "did", "can",
    "could", "would", "help", "question", "just", "really", "got", "get", "im", "ve", "ll", "don", "doesn", "isn",
    "mail", "number", "name", "phone", "address", "postcode", "order",
}  # fmt: skip


@dataclass(frozen=True)
class Cluster:
    """``members``: indices into the sentences, the most central first. ``name``: the most central sentence."""

    id: str
    name: str
    terms: list[str]
    members: list[int]


def cluster(
    sentences: Sequence[str],
    vectors: np.ndarray,
    earlier: Mapping[str, set[str]] | None = None,
    similarity: float = SIMILARITY,
    min_size: int = MIN_SIZE,
) -> list[Cluster]:
    """Clusters of at least ``min_size`` sentences, the largest first; empty where nothing is asked alike.

    ``vectors``: (n, dimension) float32 of length 1, one a sentence. A sentence said twice counts twice. Beyond
    MOST_SENTENCES wordings the ones at the end are left out: put the newest first. ``earlier``: id -> ``key`` of each
    member, of the run before; what is the same cluster keeps its id. Raises ValueError where the two do not match.
    """
    if len(sentences) != len(vectors):
        raise ValueError(f"{len(sentences)} sentences have {len(vectors)} vectors; each needs one.")
    places: dict[str, list[int]] = defaultdict(list)  # wording -> its sentences
    for place, sentence in enumerate(sentences):
        wording = key(sentence)
        if wording and (wording in places or len(places) < MOST_SENTENCES):
            places[wording].append(place)
    wordings = list(places)
    if not wordings:
        return []
    distinct = vectors[[places[wording][0] for wording in wordings]].astype(np.float64)
    groups = [
        group for group in _groups(distinct, similarity)
        if sum(len(places[wordings[each]]) for each in group) >= min_size
    ]  # fmt: skip
    terms = _distinctive_terms([[wordings[each] for each in group] for group in groups])
    found = []
    for group, words in zip(groups, terms, strict=True):
        weights = np.array([len(places[wordings[each]]) for each in group], dtype=np.float64)
        centre = weights @ distinct[group]
        # Of two that are as central, the shorter says it better.
        ordered = sorted(
            group, key=lambda each: (-round(float(distinct[each] @ centre), 6), len(wordings[each]), wordings[each])
        )
        members = [place for each in ordered for place in places[wordings[each]]]
        name = " ".join(sentences[members[0]].split())[:NAME_CHARS]
        found.append(Cluster("", name, words, members))
    found.sort(key=lambda each: (-len(each.members), each.name))
    ids = _ids([{key(sentences[place]) for place in each.members} for each in found], earlier or {})
    return [Cluster(id_, each.name, each.terms, each.members) for id_, each in zip(ids, found, strict=True)]


def key(sentence: str) -> str:
    """What makes two sentences one wording: their words in lower case; "" where there is none."""
    return " ".join(re.findall(r"\w+", sentence.lower()))


def _groups(vectors: np.ndarray, similarity: float) -> list[list[int]]:
    """Indices that belong together, each group in order."""
    if len(vectors) == 1:
        return [[0]]
    labels = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - similarity
    ).fit_predict(vectors)
    groups: dict[int, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        groups[int(label)].append(place)
    return list(groups.values())


def _distinctive_terms(groups: list[list[str]]) -> list[list[str]]:
    """For each group of wordings the words that it has and the others have not, by TF-IDF; [] where it has none."""
    if not groups:
        return []
    weighing = TfidfVectorizer(
        stop_words=sorted(ENGLISH_STOP_WORDS | TALK), token_pattern=WORD, sublinear_tf=True
    )
    try:
        weights = weighing.fit_transform([" ".join(group) for group in groups])
    except ValueError:  # nothing but stop words
        return [[] for _ in groups]
    words = weighing.get_feature_names_out()
    terms = []
    for row in range(weights.shape[0]):
        here = weights.getrow(row)
        best: list[str] = []
        for _, word in sorted(zip(-here.data, words[here.indices], strict=True)):
            # "Card" beside "cards" says nothing new.
            if not any(word.startswith(other) or other.startswith(word) for other in best):
                best.append(str(word))
        terms.append(best[:TERMS])
    return terms


def _ids(found: list[set[str]], earlier: Mapping[str, set[str]]) -> list[str]:
    """An id for each cluster: that of the earlier one which it shares most with, else one made of its wordings."""
    shared = Counter({
        (now, before): len(wordings & old) / min(len(wordings), len(old))
        for now, wordings in enumerate(found)
        for before, old in earlier.items() if wordings & old
    })  # fmt: skip
    ids: dict[int, str] = {}
    for (now, before), part in shared.most_common():
        if part >= SAME_FROM and now not in ids and before not in ids.values():
            ids[now] = before
    for now, wordings in enumerate(found):
        if now not in ids:
            made = hashlib.sha256("\n".join(sorted(wordings)).encode()).hexdigest()
            ids[now] = next(made[start : start + ID_CHARS] for start in range(len(made) - ID_CHARS)
                            if made[start : start + ID_CHARS] not in ids.values())  # fmt: skip
    return [ids[now] for now in range(len(found))]
