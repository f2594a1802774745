"""The training loop: it learns, stops when it should, and an interruption leaves no trace in the weights."""
from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

from models.reply import training
from models.reply.pretraining import base_model
from models.reply.sequences import Encoded, encode
from models.reply.tokenizer import train_tokenizer
from models.reply.training import CHECKPOINT, Progress, Schedule, evaluate, train
from tests.models.reply.tiny_models import SENTENCES, pairs

TOKENIZER = train_tokenizer((text for _, _, text in SENTENCES), size=420)
PAD, END = TOKENIZER.pad_token_id, TOKENIZER.eos_token_id
SIZE = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 2}
SCHEDULE = Schedule(epochs=4, batch_tokens=200, muon_rate=0.01, adam_rate=4e-3, warmup=0.1, bf16=False,
                    checkpoint_seconds=0.0)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr("models.reply.pretraining.SIZE", SIZE)
    torch.manual_seed(0)


@pytest.fixture
def learned() -> list[Encoded]:
    return encode(pairs(), TOKENIZER)[0]


def new_model(seed: int = 0):
    torch.manual_seed(seed)
    return base_model(len(TOKENIZER), PAD, END)


def with_dropout():
    torch.manual_seed(0)
    return GPT2LMHeadModel(GPT2Config(
        vocab_size=len(TOKENIZER), n_positions=96, n_embd=48, n_layer=1, n_head=2, embd_pdrop=0.3, resid_pdrop=0.3,
        attn_pdrop=0.3, bos_token_id=END, eos_token_id=END,
    ))


def weights(model) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one, other) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


class Interrupted(Exception):
    pass


def interrupted_at(step: int) -> Progress:
    def stop(number: int, of: int, loss: float) -> None:
        if number == step:
            raise Interrupted

    return Progress(stop, every=1)


def interrupt(model, learned, valid, schedule, step, checkpoint) -> None:
    """Train until ``step`` is done; what the process held in memory is lost then."""
    with pytest.raises(Interrupted):
        train(model, learned, valid, PAD, schedule, interrupted_at(step), checkpoint)


def test_a_handful_of_replies_is_learned_by_heart(learned):
    model = new_model()
    before = evaluate(model, learned, PAD, SCHEDULE)
    told = []
    report = train(model, learned, learned, PAD, replace(SCHEDULE, epochs=40, muon_rate=0.03, adam_rate=1e-2),
                   Progress(lambda number, of, loss: told.append((number, of, loss)), every=1))
    after = evaluate(model, learned, PAD, SCHEDULE)
    assert before > 5 and after < 0.3
    assert report["valid_losses"][-1] == pytest.approx(after, abs=1e-3)
    assert np.mean([loss for *_, loss in told[-10:]]) < np.mean([loss for *_, loss in told[:10]]) / 5
    assert [number for number, *_ in told] == list(range(1, report["steps"] + 1))
    assert {of for _, of, _ in told} == {report["steps"]}


def test_the_loss_is_the_mean_over_the_replys_tokens_however_they_are_batched(learned):
    model = new_model()
    whole = evaluate(model, learned, PAD, replace(SCHEDULE, batch_tokens=5000))
    assert evaluate(model, learned, PAD, replace(SCHEDULE, batch_tokens=80)) == pytest.approx(whole, rel=1e-4)


@pytest.mark.parametrize("step", [2, 7, 12])
def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(learned, step, tmp_path):
    whole = new_model()
    expected = train(whole, learned, learned, PAD, SCHEDULE)
    interrupt(new_model(), learned, learned, SCHEDULE, step, tmp_path)
    resumed = new_model(seed=9)  # nothing of it may remain
    done = []
    found = train(resumed, learned, learned, PAD, SCHEDULE,
                  Progress(lambda number, of, loss: done.append(number), every=1), tmp_path)
    # The step during whose report it was interrupted had not been stored.
    assert done[0] == step and done[-1] == expected["steps"]
    assert same(weights(whole), weights(resumed))
    assert found["valid_losses"] == expected["valid_losses"]


def test_chance_in_the_model_does_not_tell_an_interruption_either(learned, tmp_path):
    whole = with_dropout()
    train(whole, learned, [], PAD, SCHEDULE)
    interrupt(with_dropout(), learned, [], SCHEDULE, 7, tmp_path)
    torch.manual_seed(77)
    resumed = with_dropout()
    train(resumed, learned, [], PAD, SCHEDULE, checkpoint=tmp_path)
    assert same(weights(whole), weights(resumed))


def scripted(monkeypatch, losses: list[float]) -> None:
    """Validation losses as given, one an epoch."""
    given = iter(losses)
    monkeypatch.setattr(training, "evaluate", lambda *_: next(given))


def test_with_keep_best_it_ends_with_the_best_epochs_weights(learned, monkeypatch):
    two_epochs = new_model()
    scripted(monkeypatch, [3.0, 1.0, 2.0, 2.5])
    seen = []
    original = training._State.save

    def save(state, model, *rest, **more):
        seen.append(weights(model))
        original(state, model, *rest, **more)

    monkeypatch.setattr(training._State, "save", save)
    schedule = replace(SCHEDULE, keep_best=True, checkpoint_seconds=1e9)
    report = train(two_epochs, learned, learned, PAD, schedule)
    assert report["valid_losses"] == [3.0, 1.0, 2.0, 2.5]
    assert same(weights(two_epochs), seen[1]) and not same(seen[1], seen[3])


def test_the_best_epoch_is_remembered_through_an_interruption(learned, monkeypatch, tmp_path):
    schedule = replace(SCHEDULE, keep_best=True)
    whole = new_model()
    scripted(monkeypatch, [3.0, 1.0, 2.0, 2.5])
    steps = train(whole, learned, learned, PAD, schedule)["steps"]
    scripted(monkeypatch, [3.0, 1.0, 2.0, 2.5])
    interrupt(new_model(), learned, learned, schedule, steps, tmp_path)
    resumed = new_model(seed=9)
    scripted(monkeypatch, [2.5])
    train(resumed, learned, learned, PAD, schedule, checkpoint=tmp_path)
    assert same(weights(whole), weights(resumed))


def test_it_stops_when_nothing_got_better_for_so_many_epochs(learned, monkeypatch, tmp_path):
    schedule = replace(SCHEDULE, epochs=9, patience=2)
    scripted(monkeypatch, [3.0, 2.0, 2.1, 2.2, 1.0])
    report = train(new_model(), learned, learned, PAD, schedule, checkpoint=tmp_path)
    assert (report["epochs"], report["valid_losses"]) == (4, [3.0, 2.0, 2.1, 2.2])
    # Asked once more, as after an interruption behind the last epoch, it does not begin another one.
    again = train(new_model(), learned, learned, PAD, schedule, checkpoint=tmp_path)
    assert again["epochs"] == 4


def test_without_anything_to_validate_on_every_epoch_is_trained_and_the_last_one_counts(learned):
    with_best, plain = new_model(), new_model()
    report = train(with_best, learned, [], PAD, replace(SCHEDULE, keep_best=True, patience=1))
    train(plain, learned, [], PAD, SCHEDULE)
    assert report["epochs"] == 4 and same(weights(with_best), weights(plain))


def test_a_finished_training_is_not_done_twice(learned, tmp_path):
    first, second = new_model(), new_model(seed=9)
    train(first, learned, learned, PAD, SCHEDULE, checkpoint=tmp_path)
    done = []
    train(second, learned, learned, PAD, SCHEDULE, Progress(lambda *told: done.append(told), every=1), tmp_path)
    assert not done and same(weights(first), weights(second))


@pytest.mark.parametrize("change", [{"adam_rate": 1e-3}, {"epochs": 5}, {"seed": 4}, "fewer examples"])
def test_a_checkpoint_of_another_training_is_refused_and_stays(learned, change, tmp_path):
    train(new_model(), learned, [], PAD, replace(SCHEDULE, epochs=1), checkpoint=tmp_path / "other")
    interrupt(new_model(), learned, [], SCHEDULE, 5, tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    schedule, rows = (SCHEDULE, learned[:-1]) if change == "fewer examples" else (replace(SCHEDULE, **change), learned)
    with pytest.raises(ValueError, match=r"another training .* Delete it"):
        train(new_model(), rows, [], PAD, schedule, checkpoint=tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_checkpoint_is_replaced_whole_or_not_at_all(learned, monkeypatch, tmp_path):
    interrupt(new_model(), learned, [], SCHEDULE, 5, tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()

    def full(_state, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(training.torch, "save", full)
    with pytest.raises(OSError, match="No space"):
        train(new_model(), learned, [], PAD, SCHEDULE, checkpoint=tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_the_rate_rises_at_first_and_falls_then(learned):
    plan = training._Plan(learned, replace(SCHEDULE, epochs=10, warmup=0.2))
    counts = [sum(1 for _ in plan.epoch(number)) for number in range(10)]
    rates = [plan.rate(epoch, place) for epoch, count in enumerate(counts) for place in range(count)]
    peak = rates.index(max(rates))
    assert len(rates) == plan.steps and 0 < rates[0] < 0.2
    assert rates[:peak + 1] == sorted(rates[:peak + 1]) and rates[peak:] == sorted(rates[peak:], reverse=True)
    assert max(rates) == pytest.approx(1, abs=0.02) and rates[-1] == pytest.approx(0.05, abs=0.02)


def test_progress_tells_the_mean_since_it_told_last():
    told = []
    progress = Progress(lambda number, of, loss: told.append((number, of, loss)), every=3)
    for number in range(1, 8):
        progress.step(number, 7, float(number))
    assert told == [(3, 7, 2.0), (6, 7, 5.0), (7, 7, 7.0)]


def test_each_epoch_is_logged_with_its_loss(learned, caplog):
    with caplog.at_level(logging.INFO, "models.reply.training"):
        train(new_model(), learned, learned, PAD, replace(SCHEDULE, epochs=2))
    assert [record.getMessage()[:13] for record in caplog.records] == ["Epoch 1 of 2:", "Epoch 2 of 2:"]


def test_a_trained_model_is_saved_and_loaded_as_any_other(learned, tmp_path):
    model = new_model()
    train(model, learned, [], PAD, replace(SCHEDULE, epochs=1))
    model.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert same(weights(model), weights(again))
