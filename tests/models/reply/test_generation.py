"""Sampling: every architecture is converted and speaks, repeatably where asked, its placeholders whole."""
from __future__ import annotations

import math
import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.reply.fine_tuning import FineTuning, fine_tune
from models.reply.generation import Generator, convert
from models.reply.meaning import END, PAD, SAY
from tests.models.reply.tiny_models import ARCHITECTURES, QUICK, checkpoint, pairs

ORDER = pairs()[2][0].prompt()
SOLD_OUT = pairs()[5][0].prompt()


@pytest.fixture(scope="module", params=ARCHITECTURES)
def folder(request, tmp_path_factory):
    made = tmp_path_factory.mktemp(request.param)
    fine_tune(checkpoint(request.param, made / "base"), pairs(), [], made / "tuned", FineTuning("full", QUICK))
    convert(made / "tuned", made / "served")
    return made


@pytest.fixture(scope="module")
def generator(folder) -> Generator:
    return Generator.open(folder / "served")


def test_what_was_learned_is_said(generator):
    [[likeliest]] = generator.sample([SOLD_OUT], 1, temperature=0)
    assert likeliest.text in {text for meaning, text in pairs() if meaning.act == "sold_out"}
    assert -1 < likeliest.score <= 0


def test_placeholders_come_back_whole_and_no_other_token_of_ours_does(generator):
    for candidates in generator.sample([ORDER, SOLD_OUT], 8, seed=1):
        assert len(candidates) == 8
        assert any("<1>" in each.text for each in candidates)
        for each in candidates:
            assert not {SAY, PAD, END} & set(re.findall(r"<[a-z]+>", each.text))
            assert each.text == each.text.strip() and math.isfinite(each.score)
            assert not re.search(r"\w<\d+>|<\d+>\w", each.text)  # a blank beside a placeholder is not lost


def test_the_same_seed_gives_the_same_texts_and_another_one_others(generator):
    def texts(seed):
        return [each.text for each in generator.sample([ORDER], 12, seed=seed, temperature=1.5)[0]]

    assert texts(5) == texts(5)
    assert texts(5) != texts(6)


def test_each_prompt_is_answered_in_its_place(generator):
    answers = generator.sample([SOLD_OUT, ORDER, SOLD_OUT], 1, temperature=0)
    assert answers[0][0].text == answers[2][0].text != answers[1][0].text


def test_a_reply_is_cut_off_where_it_would_never_end(generator):
    [[short]] = generator.sample([ORDER], 1, temperature=0, most_tokens=2)
    [[whole]] = generator.sample([ORDER], 1, temperature=0)
    assert whole.text.startswith(short.text) and len(short.text) < len(whole.text)


def test_nothing_asked_is_nothing_said(generator):
    assert generator.sample([], 4) == []


def test_several_threads_ask_at_once_and_each_gets_its_own_answer(folder):
    shared = Generator.open(folder / "served", workers=2)
    expected = {prompt: shared.sample([prompt], 1, temperature=0)[0][0].text for prompt in (ORDER, SOLD_OUT)}
    asked = [ORDER, SOLD_OUT] * 12
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda prompt: shared.sample([prompt], 1, temperature=0)[0][0].text, asked))
    assert answers == [expected[prompt] for prompt in asked]


def test_a_folder_that_is_not_whole_is_an_error(folder, tmp_path):
    with pytest.raises(OSError, match="tokenizer"):
        Generator.open(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}", "utf-8")
    with pytest.raises(RuntimeError, match=r"tokenizer\.json is no tokenizer"):
        Generator.open(tmp_path)
    shutil.copy(folder / "served" / "tokenizer.json", tmp_path)
    with pytest.raises(RuntimeError, match="model"):
        Generator.open(tmp_path)


def test_a_converted_model_is_not_written_over_another_one(folder):
    with pytest.raises(RuntimeError, match="already exists"):
        convert(folder / "tuned", folder / "served")
