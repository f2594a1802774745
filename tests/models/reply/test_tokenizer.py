"""Tokens: our placeholders are whole ones in every model's tokenizer, and no text is lost on the way."""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from models.reply.meaning import END, MARKS, PAD, SAY, SPECIAL
from models.reply.tokenizer import save, train_tokenizer, with_special_tokens
from tests.models.reply.tiny_models import ARCHITECTURES, SENTENCES, checkpoint

TOKENIZER = train_tokenizer((text for _, _, text in SENTENCES), size=420)


def ids(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def test_our_special_tokens_come_first_and_the_vocabulary_is_no_larger_than_asked_for():
    assert TOKENIZER.convert_ids_to_tokens(range(len(SPECIAL))) == list(SPECIAL)
    assert len(TOKENIZER) <= 420
    assert (TOKENIZER.pad_token, TOKENIZER.eos_token) == (PAD, END)


@pytest.mark.parametrize("token", SPECIAL)
def test_a_special_token_is_one_token_wherever_it_stands(token):
    number = TOKENIZER.convert_tokens_to_ids(token)
    for text in (token, f"a{token}b", f"Order {token}, please", f"{token}{token}"):
        assert ids(TOKENIZER, text).count(number) == text.count(token)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_said_comes_back_as_it_was(text):
    if not any(token in text for token in SPECIAL):
        assert TOKENIZER.decode(ids(TOKENIZER, text)) == text.encode("utf-8", "replace").decode()


def test_a_number_of_two_digits_is_not_taken_for_one_of_one_digit():
    assert ids(TOKENIZER, "<12>") != ids(TOKENIZER, "<1>") + ids(TOKENIZER, "2>")
    assert ids(TOKENIZER, "<12>") == [TOKENIZER.convert_tokens_to_ids("<12>")]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_another_models_tokenizer_learns_them_once(architecture, tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(checkpoint(architecture, tmp_path / "base"))
    before = len(tokenizer)
    assert with_special_tokens(tokenizer) == len(SPECIAL)
    assert len(tokenizer) == before + len(SPECIAL)
    assert with_special_tokens(tokenizer) == 0
    assert (tokenizer.pad_token, tokenizer.eos_token) == (PAD, END)
    for token in (SAY, END, *MARKS):
        assert len(ids(tokenizer, token)) == 1


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_saved_tokenizer_is_the_same_one(architecture, tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(checkpoint(architecture, tmp_path / "base"))
    with_special_tokens(tokenizer)
    save(tokenizer, tmp_path / "saved")
    text = f"track(number=<1>;status=<2>){SAY}Order <1>, is <2>.{END}"
    again = AutoTokenizer.from_pretrained(tmp_path / "saved")
    assert ids(again, text) == ids(tokenizer, text)
    assert (again.pad_token, again.eos_token) == (PAD, END)
