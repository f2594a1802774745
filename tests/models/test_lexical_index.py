"""Words of products: how they are counted, what they weigh, and two indexes joined into one."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelsError
from models.lexical_index import LexicalIndex, rarity, weigh
from models.lexical_words import query_words, words

SHELF = [
    {"title": "Brother TN-2110 toner", "brand": "Brother", "description": "Black toner for 1,500 pages."},
    {"title": "Laser printer", "brand": "Brother", "description": "Takes the toner TN-2110."},
    {"title": "Trail running shoes", "kind": "running shoe", "description": "Shoes for the woods."},
]


def best(index: LexicalIndex, said: str) -> list[int]:
    scores = index.scores(weigh(query_words(said, [index]), [index]))
    return [int(row) for row in np.argsort(-scores, kind="stable") if scores[row] > 0]


@pytest.mark.parametrize(("text", "counted"), [
    ("TN-2110", ["tn2110", "tn", "2110"]), ("25ft cable", ["25ft", "25", "ft", "cabl"]),
    ("1,500 pages", ["1.500", "page"]),
    ("men's shoes", ["men", "shoe"]), ("the and of", []), ("", []), ("Größe ½", ["größe", "½"]),
])  # fmt: skip
def test_words_are_counted_as_shoppers_write_them(text, counted):
    assert words(text) == counted


def test_a_word_of_the_title_counts_more_than_one_of_the_description():
    index = LexicalIndex.build(SHELF)
    assert best(index, "tn2110 toner") == [0, 1]
    assert best(index, "shoe") == [2]
    assert best(index, "umbrella") == []


def test_rare_words_tell_more_than_common_ones():
    assert rarity(1, 100) > rarity(50, 100) > rarity(100, 100) > 0


WORDS = ("kettle", "red", "blue", "TX-200", "250gb", "shoe", "shoes")
texts = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
shelves = st.lists(st.fixed_dictionaries({"title": texts, "description": texts}), max_size=6)


@given(shelves, shelves, st.data(), texts)
@settings(max_examples=100, deadline=None)
def test_joined_indexes_score_as_one_built_of_both(first, second, data, said):
    mean = np.full(5, 2.0)
    kept = [data.draw(st.lists(st.integers(0, len(each) - 1), unique=True)) if each else [] for each in (first, second)]
    joined = LexicalIndex.build(first, mean).joined(
        np.array(kept[0], dtype=int), LexicalIndex.build(second, mean), np.array(kept[1], dtype=int))
    built = LexicalIndex.build([*(first[row] for row in kept[0]), *(second[row] for row in kept[1])], mean)
    question = words(said)
    assert joined.scores(weigh(question, [joined])) == pytest.approx(built.scores(weigh(question, [built])))


def test_an_index_is_read_as_it_was_saved(tmp_path):
    index, path = LexicalIndex.build(SHELF), tmp_path / "words.npz"
    index.save(path)
    assert best(LexicalIndex.load(path), "tn 2110") == best(index, "tn 2110") == [0, 1]
    LexicalIndex.build([]).save(path)
    assert len(LexicalIndex.load(path)) == 0
    path.write_bytes(b"no index")
    with pytest.raises(ModelsError, match="floorwalker train index"):
        LexicalIndex.load(path)
