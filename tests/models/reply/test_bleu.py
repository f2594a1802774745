"""BLEU-4 against values worked by hand, and what RNNLG's scorer does at the edges."""
from __future__ import annotations

import math

import pytest

from models.reply.bleu import NGrams, corpus_bleu, sentence_bleu


def test_a_reply_that_is_a_reference_has_all():
    assert corpus_bleu([(["the lamp is blue"], ["a rug", "The LAMP is blue"])]) == pytest.approx(1, abs=1e-6)


def test_precisions_are_clipped_by_the_reference_that_has_the_ngram_most_often():
    # the the cat sat on the mat: "the" three times, twice in the first reference and once in the second.
    hypothesis = "the the cat sat on the mat"
    references = ["the cat sat on the mat", "on the rug the cat lay"]
    # 1-grams 6/7; 2-grams: the the (0) the cat, cat sat, sat on, on the, the mat = 5/6; 3-grams 4/5; 4-grams 3/4.
    # Both references have six words, the hypothesis seven: no brevity penalty.
    assert corpus_bleu([([hypothesis], references)]) == pytest.approx((6 / 7 * 5 / 6 * 4 / 5 * 3 / 4) ** 0.25, abs=1e-6)


def test_a_short_reply_is_penalised_by_the_closest_length_and_the_first_of_two():
    # Four words, all right. Lengths 3 and 5 are as close: the first counts, so there is no penalty, and then there is.
    hypothesis, shorter, longer = "a b c d", "a b c", "a b c d e"
    assert corpus_bleu([([hypothesis], [shorter, longer])]) == pytest.approx(1, abs=1e-6)
    assert corpus_bleu([([hypothesis], [longer, shorter])]) == pytest.approx(math.exp(1 - 5 / 4), abs=1e-6)


def test_counts_are_summed_over_the_corpus_and_every_hypothesis():
    corpus = [(["a b c d e", "a b c d x"], ["a b c d e"]), (["f g h i"], ["f g h i"])]
    # 1-grams 5+4+4 of 14, 2-grams 4+3+3 of 11, 3-grams 3+2+2 of 8, 4-grams 2+1+1 of 5; as long as the references.
    assert corpus_bleu(corpus) == pytest.approx((13 / 14 * 10 / 11 * 7 / 8 * 4 / 5) ** 0.25, abs=1e-6)


def test_a_precision_of_nothing_counts_as_one_in_ten_million():
    # No 4-gram is right: p1 4/5, p2 2/4, p3 1/3, p4 0 + 1e-7.
    expected = (4 / 5 * 2 / 4 * 1 / 3 * 1e-7) ** 0.25
    assert corpus_bleu([(["a b c x d"], ["a b c d e"])]) == pytest.approx(expected, rel=1e-4)


def test_nothing_said_has_nothing_and_a_question_without_references_is_refused():
    assert corpus_bleu([]) == 0
    assert corpus_bleu([([""], ["a b"])]) == 0
    with pytest.raises(ValueError, match="no reference"):
        corpus_bleu([(["a"], [])])


def test_the_bleu_of_a_sentence_is_smoothed_from_two_words_on():
    # p1 3/4, p2 (2+1)/(3+1), p3 (1+1)/(2+1), p4 (0+1)/(1+1); the same length.
    expected = (3 / 4 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    assert sentence_bleu(NGrams.of("a b c d"), NGrams.of("a b c e")) == pytest.approx(expected)
    assert sentence_bleu(NGrams.of("a b"), NGrams.of("a b c d")) == pytest.approx(math.exp(-1))
    assert sentence_bleu(NGrams.of("A b c d e"), NGrams.of("a b c d e")) == pytest.approx(1)
    assert sentence_bleu(NGrams.of("x"), NGrams.of("a")) == sentence_bleu(NGrams.of(""), NGrams.of("a")) == 0
