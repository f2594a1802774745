"""``floorwalker evaluate recommend``: nothing of the last item leaks, bad lines are named, keys are as promised."""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from commands.errors import CommandError
from commands.evaluation import recommend
from commands.evaluation.recommend import add_recommend_arguments, evaluate_recommend, recommend_report, run_recommend
from commands.evaluation.recommend_rows import read_interactions
from models.customer_encoder.training import Settings

SMALL = Settings(width=16, heads=2, length=20, dropout=0.1, learning_rate=5e-3, epochs=3, factors=8, threads=1)
AT = (5, 10, 20)


def arguments(*typed: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_recommend_arguments(parser)
    return parser.parse_args([str(each) for each in typed])


@pytest.fixture
def small(monkeypatch) -> None:
    monkeypatch.setattr(recommend, "settings_of_shop", lambda: SMALL)


@pytest.fixture
def rings(tmp_path: Path) -> Path:
    """Sixty items in six rings; each user walks round a part of one."""
    chance = np.random.default_rng(5)
    lines = []
    for user in range(200):
        ring, place = chance.integers(6), chance.integers(10)
        items = [f"i{ring}{(place + step) % 10}" for step in range(chance.integers(4, 9))]
        lines.append(f"u{user} {' '.join(items)}")
    path = tmp_path / "interactions.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_figures_have_the_promised_keys_and_beat_popularity(rings, small, capsys):
    assert run_recommend(arguments("--interactions", rings, "--seeds", 2, "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    keys = {f"{name}_at_{k}" for name in ("hr", "ndcg") for k in AT}
    assert keys == set(found["baseline"])
    assert keys | {"train_seconds", "train_cpu_seconds", "spread", "bad_rows"} <= set(found)
    assert [each["seed"] for each in found["per_seed"]] == [7, 8]
    assert found["hr_at_10"] == pytest.approx(np.mean([each["hr_at_10"] for each in found["per_seed"]]))
    assert found["hr_at_5"] > 3 * found["baseline"]["hr_at_5"]
    assert (found["asked"], found["products"]) == (200, 60)


def test_nothing_of_the_last_item_is_seen_in_training(rings, small, monkeypatch):
    """With the last item of every user replaced, what is trained on and validated with is the same to the last bit."""
    given = []

    def spy(data, train_on, validation, seen, questions, settings):
        given.append([each.products.tolist() for each in (*train_on, *seen)]
                     + [each.chosen.tolist() for each in validation])
        return {"train_seconds": 0.0, "train_cpu_seconds": 0.0, **dict.fromkeys(
            [f"{name}_at_{k}" for name in ("hr", "ndcg") for k in AT], 0.5)}

    monkeypatch.setattr(recommend, "_trial", spy)
    evaluate_recommend(arguments("--interactions", rings))
    lines = [line.split() for line in rings.read_text().splitlines()]
    every = " ".join(sorted({item for line in lines for item in line[1:]}))
    rings.write_text(f"first {every} x y z\n" + "\n".join(" ".join([*line[:-1], "x"]) for line in lines))
    evaluate_recommend(arguments("--interactions", rings))
    rings.write_text(f"first {every} x y z\n" + "\n".join(" ".join([*line[:-1], "y"]) for line in lines))
    evaluate_recommend(arguments("--interactions", rings))
    assert given[1] == given[2]
    assert len(given[0]) == 600


def test_bad_lines_are_counted_and_named(tmp_path):
    path = tmp_path / "interactions.txt"
    path.write_bytes(b"\xef\xbb\xbfu1 a b c\n\nu2 a b\nu1 a b c d\n\xff\xfe x y z\nu3\tb c\ta\r\n")
    read = read_interactions(path)
    assert read.users == [[0, 1, 2], [1, 2, 0]]
    assert [(each.line, each.reason.split(";")[0].split(" (")[0]) for each in read.bad] == [
        (3, "the user 'u2' has 2 items"), (4, "the user 'u1' has a line already"), (5, "it is not UTF-8"),
    ]  # fmt: skip


def test_an_endless_line_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("commands.evaluation.recommend_rows.MAX_LINE_BYTES", 20)
    path = tmp_path / "interactions.txt"
    path.write_text("u1 a b c\nu2 " + "abcd " * 50 + "\nu3 a b c\n")
    read = read_interactions(path)
    assert len(read.users) == 2
    assert [each.line for each in read.bad] == [2]
    assert "longer than 20 bytes" in read.bad[0].reason


def test_a_file_without_interactions_names_the_remedy(tmp_path):
    path = tmp_path / "interactions.txt"
    path.write_text("u1 a\n")
    with pytest.raises(CommandError, match=r"a line a user.*The first bad line is 1"):
        read_interactions(path)
    with pytest.raises(CommandError, match="cannot be read"):
        read_interactions(tmp_path / "nowhere")


def test_the_report_names_the_first_bad_line(rings, small, capsys):
    rings.write_text("lonely a\n" + rings.read_text())
    found = evaluate_recommend(arguments("--interactions", rings, "--on-validation"))
    text = recommend_report(found)
    assert "1 lines could not be used; the first: line 1, the user 'lonely' has 1 items" in text
    assert "the choice before the last" in text


@pytest.mark.parametrize("typed", ["0", "-1", "many"])
def test_a_number_of_seeds_that_is_none_is_refused(typed):
    with pytest.raises(SystemExit):
        arguments("--seeds", typed)
