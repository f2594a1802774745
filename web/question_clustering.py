"""Brings together what the bot could not answer: ``python -m web.question_clustering`` does it once.

It runs in a process of its own, beside the web process: embedding and clustering take seconds of a core, in which
shoppers' messages would wait, and the memory goes back afterwards.
"""
from __future__ import annotations

import logging
import os
import sys
from datetime import timedelta
from pathlib import Path

from models.embedding import SentenceEmbedding
from models.question_clusters import MOST_SENTENCES, cluster, key
from shop import unanswered
from shop.clock import utc_now
from shop.database import Database, open_database
from shop.settings import settings
from shop.unanswered import NamedCluster
from web.question_embedding import embedding_in_use

logger = logging.getLogger(__name__)

LOOKS_BACK = timedelta(days=90)  # the longest period that the overview offers by a button
MOST_QUESTIONS = 2 * MOST_SENTENCES
NICENESS = 10


def make_clusters(database: Database, models: Path) -> int | None:
    """Cluster the questions of the last 90 days and store them; returns how many clusters there are.

    None, and nothing changed, where there is no embedding. Raises EmbeddingError where it cannot be read.
    """
    version = embedding_in_use(models)
    if version is None:
        return None
    with database.session() as db:
        asked = unanswered.questions(db, utc_now() - LOOKS_BACK, MOST_QUESTIONS)
        earlier = {
            id_: {key(question.text) for question in questions}
            for id_, questions in unanswered.members(db).items() if id_ != unanswered.REST
        }  # fmt: skip
    texts = [question.text for question in asked]
    found = cluster(texts, SentenceEmbedding.load(version.directory).embed(texts), earlier)
    clustered = {place for each in found for place in each.members}
    with database.session() as db:
        unanswered.replace(
            db,
            [NamedCluster(each.id, each.name, each.terms, [asked[place] for place in each.members]) for each in found],
            [question for place, question in enumerate(asked) if place not in clustered],
            version.name,
        )
    return len(found)


def main() -> int:
    """One run with the settings of the environment; returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.nice(NICENESS)
    database = open_database(settings.database_url)
    try:
        made = make_clusters(database, settings.var / "models")
    finally:
        database.close()
    if made is None:
        logger.warning("There is no trained sentence embedding: run `floorwalker setup`.")
        return 1
    logger.info("%d clusters of what was not understood", made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
