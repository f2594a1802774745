"""Facts in a reply: written as the locale writes them, agreeing with the sentence, never taken for anything else."""
from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.reply.facts import BadFormats, Count, Day, Locale, Money, in_words, seen
from models.reply.gate import ClaimGate
from models.reply.rendering import MissingFact, fill, render

from .conftest import DATA

FORMATS = DATA / "language" / "formats.toml"
# Unpaired surrogates cannot come from a database or a browser.
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
FACTS = st.one_of(
    ANYTHING,
    st.builds(Money, st.integers(-10_000_000, 10_000_000), st.sampled_from(["EUR", "GBP", "CHF"])),
    st.builds(Day, st.dates(date(2020, 1, 1), date(2040, 1, 1))),
    st.builds(Count, st.integers(0, 10_000), st.just("piece"), st.just("pieces")),
)


@pytest.mark.parametrize(("fact", "words"), [
    (Money(4995, "EUR"), "€49.95"),
    (Money(120400, "EUR"), "€1,204.00"),
    (Money(5, "GBP"), "£0.05"),
    (Money(-250, "EUR"), "-€2.50"),
    (Money(1000, "CHF"), "CHF 10.00"),
    (Day(date(2026, 11, 24)), "Tuesday 24 November"),
    (Count(1, "piece", "pieces"), "1 piece"),
    (Count(0, "piece", "pieces"), "0 pieces"),
    (Count(12, "piece", "pieces"), "12 pieces"),
    ("navy, size 42", "navy, size 42"),
])  # fmt: skip
def test_a_shopper_reads_facts_as_they_are_written_here(fact, words, english):
    assert in_words(fact, english) == words


@pytest.mark.parametrize(("fact", "words"), [
    (Money(120400, "EUR"), "1.204,00 €"),
    (Money(1000, "CHF"), "10,00 CHF"),
    (Day(date(2026, 11, 24)), "Dienstag, 24. November"),
])  # fmt: skip
def test_a_german_shop_writes_them_its_own_way(fact, words, german):
    assert in_words(fact, german) == words


def test_french_shoppers_read_zero_in_the_singular():
    assert in_words(Count(0, "pièce", "pièces"), Locale.load(FORMATS, "fr")) == "0 pièce"


def test_a_locale_of_a_country_takes_its_languages_table():
    assert Locale.load(FORMATS, "en-GB").months[10] == "November"
    assert Locale.load(FORMATS, "de_CH").weekdays[0] == "Montag"


def test_an_operator_is_told_which_locale_is_missing(tmp_path):
    with pytest.raises(BadFormats, match=r"no locale 'tlh'"):
        Locale.load(FORMATS, "tlh")
    path = tmp_path / "formats.toml"
    path.write_text(FORMATS.read_text("utf-8").replace('"Monday", ', ""), "utf-8")
    with pytest.raises(BadFormats, match="weekdays has 6"):
        Locale.load(path, "en")


@pytest.mark.parametrize(("value", "article"), [
    ("umbrella", "an"), ("uniform", "a"), ("uninsulated mug", "an"), ("hour", "an"), ("hoodie", "a"), ("igloo", "an"),
    ("one-piece", "a"), ("European oak bench", "a"), ("undershirt", "an"), ("XL shirt", "an"), ("M shirt", "an"),
    ("USB hub", "a"), ("LED lamp", "an"), ("8 l pack", "an"), ("80 cm rug", "an"), ("11 cm bowl", "an"),
    ("110 cm rug", "a"), ("18 piece set", "an"), ("1.5 l bottle", "a"), ("€8.00 voucher", "an"), ("“apple” mug", "an"),
])  # fmt: skip
def test_an_article_follows_the_sound_of_what_a_shopper_reads(value, article, english):
    assert render("It is a {title}.", {"title": value}, english) == f"It is {article} {value}."
    assert render("An {title} it is.", {"title": value}, english) == f"{article.capitalize()} {value} it is."


def test_a_word_that_only_ends_like_an_article_is_left_alone(english):
    assert render("A banana {title}.", {"title": "apple"}, english) == "A banana apple."


@pytest.mark.parametrize(("template", "facts", "text"), [
    ("Order #{number} is {status}. {expected}", {"number": "104312", "status": "on its way",
     "expected": "It should arrive on Friday."}, "Order #104312 is on its way. It should arrive on Friday."),
    ("It says {why}.", {"why": "It has left."}, "It says It has left."),
    ("It says “{why}”.", {"why": "It has left."}, "It says “It has left.”"),
    ("It says “{why}”. More below.", {"why": "It has left…"}, "It says “It has left…” More below."),
    ("Is it {names}?", {"names": "the Fell boot"}, "Is it the Fell boot?"),
    ("{status}, that is how it stands. {wanted} is next.", {"status": "on its way", "wanted": "navy boots"},
     "On its way, that is how it stands. Navy boots is next."),
    ("{email} is the address. {brand} too.", {"email": "help@shop.example", "brand": "iBoot"},
     "help@shop.example is the address. iBoot too."),
    ("well,  {wanted} .", {"wanted": "boots"}, "Well, boots."),
    ("{title}. and more", {"title": "Fell boot"}, "Fell boot. And more"),
    ("{title} and more", {"title": "Boots Ltd."}, "Boots Ltd. and more"),
])  # fmt: skip
def test_facts_and_sentences_join_as_if_written_by_hand(template, facts, text, english):
    assert render(template, facts, english) == text


def test_a_value_is_never_read_as_a_placeholder(english):
    facts = {"title": "{price} <1> {title} %s \\1", "price": "€1.00"}
    assert render("The {title} at {price}.", facts, english) == "The {price} <1> {title} %s \\1 at €1.00."


@pytest.mark.parametrize("unseen", ["\n", "\r\n", "\t", "\x00", "\u200b", "\u202e", "\ufeff", "\u2028", "\u00ad"])
def test_what_a_shopper_cannot_see_is_left_out_of_a_value(unseen, english):
    text = render("The {title}.", {"title": f"Fell{unseen}boot"}, english)
    assert text in ("The Fell boot.", "The Fellboot.")


def test_a_reply_without_its_fact_is_an_error_that_names_it(english):
    with pytest.raises(MissingFact, match="'price'"):
        render("The {title} at {price}.", {"title": "Fell boot"}, english)


def test_facts_that_no_placeholder_asks_for_are_left_out(english):
    assert render("The {title}.", {"title": "Fell boot", "price": Money(1, "EUR")}, english) == "The Fell boot."


@settings(deadline=None, max_examples=400)
@given(data=st.data())
def test_whatever_the_facts_are_the_reply_adds_no_number_and_changes_no_value(data, examples, gate: ClaimGate, english):
    example = data.draw(st.sampled_from(examples))
    words = {name: in_words(data.draw(FACTS, label=name), english) for name in example.facts}
    words = {name: value or "something" for name, value in words.items()}
    text = fill(example.text, words, english.article)
    rest, place = "", 0
    for name in re.findall(r"\{(\w+)\}", example.text):
        value = words[name]
        found = [at for each in (value, value[:1].upper() + value[1:]) if (at := text.find(each, place)) >= 0]
        assert found, (name, value, text)
        rest, place = rest + text[place : min(found)], min(found) + len(value)
    rest += text[place:]
    if not any(any(char.isdigit() for char in value) for value in words.values()):
        assert not any(char.isdigit() for char in text)
    assert seen(text) == text
    assert len(text) <= len(example.text) + sum(map(len, words.values()))
    verdict = gate.check_text(gate.acts.acts[example.act], example.text, words, text)
    assert verdict.ok or verdict.reason.startswith("zero:"), (verdict, text)
    cleared = text
    for value in sorted(words.values(), key=len, reverse=True):
        cleared = cleared.replace(value, " ").replace(value[:1].upper() + value[1:], " ")
    assert not any(char.isdigit() for char in cleared), (cleared, text)


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_whatever_is_changed_in_a_reply_is_noticed(data, examples, gate: ClaimGate, english):
    example = data.draw(st.sampled_from(examples))
    words = {name: in_words(value, english) for name, value in example.facts.items()}
    text = fill(example.text, words, english.article)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("0123456789€%xQ"))
    behind = data.draw(st.sampled_from([text[place + 1 :], text[place:]]))  # instead of a character, or before it
    changed = text[:place] + other + behind
    if changed.lower() != text.lower():
        assert not gate.check_text(gate.acts.acts[example.act], example.text, words, changed).ok, changed
