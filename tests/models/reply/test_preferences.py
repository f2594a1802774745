"""Preferences: thumbs make pairs within one act and its facts, and what was liked becomes likelier."""
from __future__ import annotations

import socket
from dataclasses import dataclass

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from models.reply import preferences
from models.reply.fine_tuning import FineTuning, fine_tune
from models.reply.meaning import Meaning
from models.reply.preferences import (
    MOST_PAIRS_A_GROUP,
    Preference,
    Preferring,
    log_probabilities,
    prefer,
    preference_pairs,
)
from models.reply.sequences import encode
from tests.models.reply.tiny_models import QUICK, checkpoint, pairs

QUICKLY = Preferring(epochs=8, batch_pairs=4, rate=2e-3)


@dataclass(frozen=True)
class Said:
    act: str
    template: str
    up: int = 0
    down: int = 0


def test_a_liked_text_stands_against_a_disliked_one_of_the_same_act_and_facts(acts):
    found = preference_pairs([
        Said("sold_out", "The {title} is gone.", up=2),
        Said("sold_out", "We have sold {title}.", down=1),
        Said("sold_out", "{first_name}, the {title} is gone.", down=3),  # other facts
        Said("cart_sold_out", "The {title} went.", down=3),  # another act
    ], acts, "warm")
    meaning = Meaning("sold_out", (("title", None), ("tone", "warm")))
    assert found == [Preference(meaning, "The <1> is gone.", "We have sold <1>.")]


def test_more_thumbs_up_than_down_is_liked_and_as_many_is_neither(acts):
    found = preference_pairs([
        Said("thank", "With pleasure.", up=3, down=2), Said("thank", "So what.", up=1, down=4),
        Said("thank", "Fine.", up=2, down=2),
    ], acts, "warm")  # fmt: skip
    assert [(each.chosen, each.rejected) for each in found] == [("With pleasure.", "So what.")]


def test_what_cannot_be_compared_or_is_not_known_any_more_is_left_out(acts):
    assert preference_pairs([
        Said("greet", "Good morning.", up=1), Said("greet", "Good evening.", down=1),  # the time of day is not known
        Said("chitchat", "Indeed.", up=1), Said("chitchat", "No.", down=1),  # nor is what was heard
        Said("gone_act", "Yes.", up=1), Said("gone_act", "No.", down=1),
        Said("sold_out", "{code} is gone.", up=1), Said("sold_out", "{code} went.", down=1),
    ], acts, "warm") == []  # fmt: skip


def test_one_act_does_not_outweigh_the_others(acts):
    many = [Said("thank", f"Thanks {'a' * number}.", up=number % 2, down=1 - number % 2) for number in range(80)]
    assert len(preference_pairs(many, acts, "warm")) == MOST_PAIRS_A_GROUP


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def tuned(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    fine_tune(checkpoint(request.param, folder / "base"), pairs(), [], folder / "tuned", FineTuning("full", QUICK))
    return folder / "tuned"


def preferred() -> list[Preference]:
    """The second text of each meaning that has two, over its first."""
    by_meaning: dict[Meaning, list[str]] = {}
    for meaning, text in pairs():
        by_meaning.setdefault(meaning, []).append(text)
    return [Preference(meaning, texts[1], texts[0]) for meaning, texts in by_meaning.items() if len(texts) > 1]


def margins(folder) -> torch.Tensor:
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    chosen, _ = encode([(each.meaning, each.chosen) for each in preferred()], tokenizer)
    rejected, _ = encode([(each.meaning, each.rejected) for each in preferred()], tokenizer)
    pad = tokenizer.pad_token_id
    return log_probabilities(model, chosen, pad) - log_probabilities(model, rejected, pad)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_what_was_liked_becomes_likelier_than_what_was_not(tuned, method, tmp_path, monkeypatch):
    if method == "lora":
        monkeypatch.setattr(preferences, "LORA_FROM_PARAMETERS", 1000)
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: asked.append(host) or [])
    steps = []

    class Told:
        def step(self, number, of, loss):
            steps.append((number, of))

    report = prefer(tuned, preferred(), tmp_path / "preferred", QUICKLY, Told())
    before, after = margins(tuned), margins(tmp_path / "preferred")
    assert (after > before).all() and after.mean() > before.mean() + 1
    assert report["preference_pairs"] == len(preferred())
    assert report["margin_before"] == pytest.approx(float(before.mean()), abs=0.05)
    assert report["margin_after"] == pytest.approx(float(after.mean()), abs=0.05)
    assert steps[-1][0] == steps[-1][1] == len(steps)
    assert asked == []  # nobody is told that somebody trains
    names = {each.name for each in (tmp_path / "preferred").iterdir()}
    assert {"model.safetensors", "tokenizer.json", "config.json"} <= names
    assert not any("adapter" in name or "checkpoint" in name for name in names)
