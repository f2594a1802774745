"""Meaning and reply as token sequences: only the reply is learned, batches are of like length and lose nothing."""
from __future__ import annotations

import numpy as np
import pytest

from models.reply.meaning import END, SAY, Meaning
from models.reply.sequences import NO_LOSS, Encoded, batches, encode, tensors
from models.reply.tokenizer import train_tokenizer
from tests.models.reply.tiny_models import SENTENCES, pairs

TOKENIZER = train_tokenizer((text for _, _, text in SENTENCES), size=420)
PAD = TOKENIZER.pad_token_id


def test_a_sequence_is_the_prompt_and_then_the_reply_with_its_end():
    found, left_out = encode(pairs(), TOKENIZER)
    assert left_out == 0
    for (meaning, text), each in zip(pairs(), found, strict=True):
        assert TOKENIZER.decode(each.ids[: each.start]) == meaning.prompt()
        assert TOKENIZER.decode(each.ids[each.start :]) == f"{text}{END}"
        assert TOKENIZER.convert_ids_to_tokens(int(each.ids[each.start - 1])) == SAY


def test_pairs_that_are_too_long_are_left_out_and_counted():
    long = (Meaning("thank"), "on and on " * 200)
    found, left_out = encode([pairs()[0], long, pairs()[1]], TOKENIZER, most_tokens=60)
    assert (len(found), left_out) == (2, 1)
    exactly = len(found[0].ids)
    assert encode(pairs()[:1], TOKENIZER, most_tokens=exactly)[1] == 0
    assert encode(pairs()[:1], TOKENIZER, most_tokens=exactly - 1)[1] == 1


def test_nothing_to_encode_is_no_error():
    assert encode([], TOKENIZER) == ([], 0)
    assert list(batches([], 100)) == []


@pytest.fixture
def many() -> list[Encoded]:
    chance = np.random.default_rng(5)
    return [Encoded(np.full(chance.integers(3, 40), number, dtype=np.int32), 2) for number in range(150)]


def test_every_sequence_is_in_one_batch_and_no_batch_is_too_large(many):
    for generator in (None, np.random.default_rng(1)):
        groups = list(batches(many, 200, generator))
        assert sorted(int(each.ids[0]) for group in groups for each in group) == list(range(150))
        assert all(max(len(each.ids) for each in group) * len(group) <= 200 for group in groups)


def test_a_sequence_larger_than_a_batch_goes_alone(many):
    large = Encoded(np.zeros(500, dtype=np.int32), 2)
    assert [len(group) for group in batches([*many, large], 200) if any(each is large for each in group)] == [1]


def test_batches_are_of_like_length_so_little_of_them_is_padding(many):
    padded = sum(max(len(each.ids) for each in group) * len(group) for group in batches(many, 200))
    assert padded < 1.15 * sum(len(each.ids) for each in many)


def test_the_same_seed_gives_the_same_batches_and_another_one_others(many):
    def order(seed):
        return [[int(each.ids[0]) for each in group] for group in batches(many, 200, np.random.default_rng(seed))]

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_only_the_replys_tokens_have_a_loss():
    found, _ = encode(pairs()[:3], TOKENIZER)
    ids, mask, labels = tensors(found, PAD)
    assert ids.shape == mask.shape == labels.shape == (3, max(len(each.ids) for each in found))
    for row, each in enumerate(found):
        length = len(each.ids)
        assert ids[row, :length].tolist() == each.ids.tolist()
        assert mask[row].tolist() == [1] * length + [0] * (ids.shape[1] - length)
        assert set(ids[row, length:].tolist()) <= {PAD}
        assert labels[row, each.start : length].tolist() == each.ids[each.start :].tolist()
        assert set(labels[row, : each.start].tolist()) | set(labels[row, length:].tolist()) <= {NO_LOSS}
