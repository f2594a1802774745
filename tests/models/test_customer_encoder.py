"""The encoder learns, looks at nothing that comes later, is served as it was trained, and survives being killed."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from models.customer_encoder import softmax
from models.customer_encoder.behaviour import BehaviourVectors
from models.customer_encoder.evaluation import always, figures, popularity
from models.customer_encoder.fitting import fit, save, transition_scores
from models.customer_encoder.network import CustomerNetwork, Shape
from models.customer_encoder.sequences import CHOICE, HeldOut, History, hold_out
from models.customer_encoder.softmax import FullSoftmax, choice_loss
from models.customer_encoder.training import Settings, batch_loss, customers, lesson, train
from models.errors import ModelsError

SMALL = Settings(width=16, heads=2, length=12, dropout=0.1, learning_rate=5e-3, epochs=3, factors=8, threads=1)
PRODUCTS, KINDS_OF_TASTE = 60, 6
NEW = "P99"


def shoppers(seed: int, count: int = 240) -> list[History]:
    """Each shopper stays with the ten products of one taste; a purchase of product n is followed by n + 1."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        taste, place = chance.integers(KINDS_OF_TASTE), chance.integers(10)
        places = [(place + step) % 10 for step in range(chance.integers(4, 10))]
        products = np.array([taste * 10 + each for each in places])
        found.append(History(products, np.full(len(products), CHOICE), np.full(len(products), 5),
                             np.arange(len(products))))
    return found


def texts() -> np.ndarray:
    """(PRODUCTS, 12): the taste, and something of each product's own."""
    chance = np.random.default_rng(1)
    return (np.repeat(np.eye(KINDS_OF_TASTE, 12), 10, axis=0) + 0.1 * chance.standard_normal((PRODUCTS, 12))).astype(
        np.float32
    )


def events(history: History) -> list[SimpleNamespace]:
    return [SimpleNamespace(kind="purchase", product_id=f"P{row:02d}", at=None) for row in history.products]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> SimpleNamespace:
    """An encoder that was trained with the texts, written down and opened. Product 7 was never met."""
    # Without product 7, which is met later for the first time.
    histories = [each for each in shoppers(4) if 7 not in each.products]
    train_on, asked = hold_out(histories)
    fitted = fit(train_on, asked, PRODUCTS, texts(), SMALL, quiet=True)
    folder = tmp_path_factory.mktemp("encoder") / "version"
    version = save(fitted, [f"P{row:02d}" for row in range(PRODUCTS)], texts(), folder)
    vectors = BehaviourVectors.load(folder)
    products = vectors.products([SimpleNamespace(product_id=f"P{row:02d}") for row in range(PRODUCTS)], texts())
    return SimpleNamespace(fitted=fitted, folder=folder, version=version, vectors=vectors, products=products,
                           asked=asked, train_on=train_on)


def test_it_finds_what_is_chosen_next_where_popularity_does_not(served):
    found = figures(served.asked, lambda part: np.stack(
        [served.vectors.customer(events(each.known)) for each in part]) @ served.products.T)
    popular = figures(served.asked, always(popularity(served.train_on, PRODUCTS)))
    assert found["hr_at_5"] > 0.7
    assert found["hr_at_5"] > 3 * popular["hr_at_5"]


def test_what_is_served_is_what_was_trained(served):
    """ONNX on one thread and PyTorch give the same customers, for one event and for more than it looks back."""
    fitted = served.fitted
    own = torch.from_numpy(((texts()[fitted.known] - fitted.text_mean) * fitted.text_scale).astype(np.float32))
    row = {int(product): place for place, product in enumerate(fitted.known)}
    with torch.no_grad():
        table = fitted.network.products(own)
    for products in ([12], [20, 21, 22], list(range(30, 40)) * 3):
        history = History(np.array([row[each] for each in products]), np.full(len(products), CHOICE),
                          np.zeros(len(products), np.int64), np.arange(len(products)))
        expected = customers(fitted.network, table, [history])[0].numpy() * fitted.score_scale
        found = served.vectors.customer([SimpleNamespace(kind="purchase", product_id=f"P{each:02d}", at=None)
                                         for each in products])[: SMALL.width]
        assert np.allclose(found, expected, atol=1e-4), products
    assert np.allclose(served.products[fitted.known, : SMALL.width], table.numpy(), atol=1e-4)


def test_the_counted_transitions_are_served_with_their_weight(served, tmp_path):
    for weight in (0.0, 2.0):
        fitted = replace(served.fitted, transition_weight=weight)
        save(fitted, [f"P{row:02d}" for row in range(PRODUCTS)], texts(), tmp_path / str(weight))
        vectors = BehaviourVectors.load(tmp_path / str(weight))
        products = vectors.products([SimpleNamespace(product_id=f"P{row:02d}") for row in fitted.known],
                                    texts()[fitted.known])
        question = served.asked[0]
        row = np.full(PRODUCTS, -1)
        row[fitted.known] = np.arange(len(fitted.known))
        known = question.known
        done = replace(known, products=row[known.products], gaps=np.zeros_like(known.gaps))
        counted = transition_scores(fitted.transitions, [HeldOut(0, done, done.products)])[0]
        own = torch.from_numpy(((texts()[fitted.known] - fitted.text_mean) * fitted.text_scale).astype(np.float32))
        with torch.no_grad():
            table = fitted.network.products(own)
            learned = (customers(fitted.network, table, [done])[0] @ table.T).numpy()
        found = products @ vectors.customer(events(known))
        assert np.allclose(found, (learned + weight * counted) * fitted.score_scale, atol=1e-3)
        assert products.shape[1] == vectors.dimension


def test_scores_have_about_the_same_spread_for_every_customer(served):
    scores = np.stack([served.vectors.customer(events(each.known)) for each in served.asked[:50]]) @ served.products.T
    assert 0.5 < scores.std(1).mean() < 2


def test_a_product_that_nobody_met_is_recommended_by_its_text(served):
    assert 7 not in served.fitted.known
    customer = served.vectors.customer([SimpleNamespace(kind="view", product_id=each, at=None)
                                        for each in ("P03", "P04", "P05", "P06")])
    scores = served.products @ customer
    others = [row for row in range(PRODUCTS) if row // 10 != 0]
    assert scores[7] > np.quantile(scores[others], 0.95)


def test_a_look_at_a_product_that_came_later_tells_of_the_customer(served):
    late = [SimpleNamespace(kind="view", product_id=NEW, at=None)]
    fresh = BehaviourVectors.load(served.folder)
    assert fresh.customer(late) is None
    fresh.products([SimpleNamespace(product_id=NEW)], texts()[33:34])  # it reads like product 33
    scores = served.products @ fresh.customer(late)
    assert scores[30:40].mean() > np.delete(scores, range(30, 40)).mean() + 0.5


def test_of_somebody_unknown_nothing_is_said(served):
    assert served.vectors.customer([]) is None
    assert served.vectors.customer([SimpleNamespace(kind="search", product_id=None, at=None)]) is None
    assert served.vectors.bought_together("never heard of") is None


def test_without_texts_only_identities_count():
    histories = shoppers(8, 120)
    train_on, asked = hold_out(histories)
    fitted = fit(train_on, asked, PRODUCTS + 1, None, SMALL, quiet=True)
    assert PRODUCTS not in fitted.known
    assert fitted.network.shape.text == 0


def test_what_is_bought_together_is_found(tmp_path):
    """In each visit 2n and 2n + 1 are bought."""
    chance = np.random.default_rng(2)
    histories = []
    for _ in range(150):
        pairs = chance.permutation(10)[:3]
        products = np.concatenate([[2 * pair, 2 * pair + 1] for pair in pairs])
        histories.append(History(products, np.full(6, CHOICE), np.full(6, 3), np.repeat(np.arange(3), 2)))
    train_on, asked = hold_out(histories)
    fitted = fit(train_on, asked, 20, None, replace(SMALL, epochs=1), quiet=True)
    save(fitted, [f"P{row:02d}" for row in range(20)], None, tmp_path / "v")
    vectors = BehaviourVectors.load(tmp_path / "v")
    products = vectors.products([SimpleNamespace(product_id=f"P{row:02d}") for row in range(20)], None)
    assert int((products @ vectors.bought_together("P06")).argmax()) == 7
    assert int((products @ vectors.bought_together("P11")).argmax()) == 10


def test_a_damaged_version_is_refused_with_the_remedy(served, tmp_path):
    for name in ("encoder.json", "products.npz"):
        (tmp_path / name).write_bytes((served.folder / name).read_bytes())
    (tmp_path / "encoder.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelsError, match="floorwalker train encoder"):
        BehaviourVectors.load(tmp_path)
    with pytest.raises(ModelsError, match="floorwalker train encoder"):
        BehaviourVectors.load(tmp_path / "nowhere")


def test_a_customer_depends_on_nothing_that_comes_later():
    torch.manual_seed(1)
    network = CustomerNetwork(Shape(9, 0, 8, 2, 2, 6), dropout=0.0).eval()
    first, second = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[1, 2, 7, 8]])
    nothing = torch.zeros(1, 4, dtype=torch.int64)
    with torch.no_grad():
        one, other = (network(network.products(None), each, nothing, nothing)[0] for each in (first, second))
    assert torch.allclose(one[:2], other[:2], atol=1e-6)
    assert not torch.allclose(one[2:], other[2:], atol=1e-3)


@pytest.mark.parametrize("half", [False, True])
def test_the_loss_and_its_gradients_are_those_of_pytorch(half, monkeypatch):
    monkeypatch.setattr(softmax, "ROWS", 3)  # several pieces
    torch.manual_seed(2)
    rows, products = torch.randn(8, 5, requires_grad=True), torch.randn(11, 5, requires_grad=True)
    chosen, weights = torch.randint(11, (8,)), torch.rand(8)
    FullSoftmax.apply(rows, products, chosen, weights, None, half).backward()
    ours = rows.grad.clone(), products.grad.clone()
    rows.grad = products.grad = None
    losses = torch.nn.functional.cross_entropy(rows @ products.T, chosen, reduction="none")
    ((losses * weights).sum() / weights.sum()).backward()
    for mine, theirs in zip(ours, (rows.grad, products.grad), strict=True):
        assert torch.allclose(mine, theirs, atol=0.02 if half else 1e-5)


def test_a_sample_of_many_products_stands_for_all(monkeypatch):
    torch.manual_seed(3)
    rows, products, chosen = torch.randn(40, 6), torch.randn(3000, 6) * 0.3, torch.randint(3000, (40,))
    whole = choice_loss(rows, products, chosen, torch.ones(40))
    monkeypatch.setattr(softmax, "FULL_SOFTMAX_PRODUCTS", 100)
    monkeypatch.setattr(softmax, "SAMPLED_PRODUCTS", 900)
    sampled = [choice_loss(rows, products, chosen, torch.ones(40)) for _ in range(20)]
    assert torch.stack(sampled).mean() == pytest.approx(float(whole), rel=0.01)


def test_identities_that_are_forgotten_leave_the_text():
    network = CustomerNetwork(Shape(4, 3, 8, 1, 2, 6), dropout=0.0)
    text = torch.eye(4)[:, :3].contiguous()
    found = network.products(text, torch.tensor([True, False, False, True]))
    assert torch.allclose(found[0], network.projection[0])
    assert torch.allclose(found[1], network.projection[1] + network.identity[1])
    assert not found[3].any()


def test_training_lowers_the_loss():
    histories = shoppers(5, 100)
    longer = replace(SMALL, epochs=40, patience=99)
    network, progress = train(histories, hold_out(histories)[1], None, np.zeros((PRODUCTS, 0)), longer, quiet=True)
    fresh = CustomerNetwork(network.shape, 0.0).eval()
    columns = [torch.from_numpy(column)[None] for column in lesson(histories[0])]
    batch = SimpleNamespace(products=columns[0], kinds=columns[1], gaps=columns[2], other=columns[3], chosen=columns[4])
    with torch.no_grad():
        assert batch_loss(network, batch, None, 0.0) < batch_loss(fresh, batch, None, 0.0) - 0.5
    assert progress.epoch == 40


TRAINING = """
import sys
from pathlib import Path
from dataclasses import replace
import numpy as np, torch
from tests.models.test_customer_encoder import PRODUCTS, SMALL, shoppers, texts
from models.customer_encoder.sequences import hold_out
from models.customer_encoder.training import train
train_on, asked = hold_out(shoppers(6))
network, progress = train(train_on, asked, texts(), np.ones((PRODUCTS, 4)), replace(SMALL, epochs=int(sys.argv[3]),
                          patience=99), Path(sys.argv[1]), quiet=True)
torch.save((network.state_dict(), progress.epoch), sys.argv[2])
"""


def test_a_training_that_is_killed_goes_on_where_it_was(tmp_path):
    """Killed outright in a later epoch and started again, it ends with the weights of one that was left alone."""
    checkpoint, out = tmp_path / "checkpoint", tmp_path / "out"
    command = [sys.executable, "-c", TRAINING, str(checkpoint), str(out), "12"]
    killed = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.getcwd()})
    deadline = time.monotonic() + 60
    while not checkpoint.exists() and killed.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL, "it was over before it could be killed"
    done = torch.load(checkpoint, weights_only=True)["progress"]["epoch"]
    assert 0 < done < 12
    train_on, asked = hold_out(shoppers(6))
    own = replace(SMALL, epochs=12, patience=99)
    start = np.ones((PRODUCTS, 4))
    resumed, progress = train(train_on, asked, texts(), start, own, checkpoint, quiet=True)
    whole, _ = train(train_on, asked, texts(), start, own, quiet=True)
    assert progress.epoch == 12
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_a_checkpoint_of_other_data_is_not_gone_on_from(tmp_path, caplog):
    checkpoint = tmp_path / "checkpoint"
    caplog.set_level("INFO")
    for seed in (1, 2):
        train_on, asked = hold_out(shoppers(seed, 40))
        train(train_on, asked, None, np.zeros((PRODUCTS, 0)), replace(SMALL, epochs=1), checkpoint, quiet=True)
    assert "of other data or settings" in caplog.text
    checkpoint.write_bytes(b"torn")
    train(train_on, asked, None, np.zeros((PRODUCTS, 0)), replace(SMALL, epochs=1), checkpoint, quiet=True)
    assert "cannot be read" in caplog.text
