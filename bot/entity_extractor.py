"""Entities of a shopper's message: the catalogue's words, prices, sizes, positions, numbers, dates, refusals."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language import Language, language_file
from bot.models_in_use import open_embedding
from bot.vocabulary import WORD, Found, Vocabulary

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
ORDER_NUMBER = re.compile(r"(?<![\w@.-])(?<!\d )#?(\d{3} ?\d{3})(?![\w@]|[.,-]\d| \d| ?[x×])")
POSTCODE = re.compile(r"(?<![\w@#.-])(\d{5})(?![\w@]|[.,-]\d)")
LETTER_SIZE = re.compile(r"\b(XXS|XS|S|M|L|XL|XXL|3XL)\b(?!['’.])")
ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
DAY_DATE = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
REFUSABLE = ("category", "brand", "colour", "material")
# "Around 30": from a fifth below to a fifth above.
AROUND = 0.2
# Letters that a pattern takes for "i" and "s", and that no word of the language file is written with. Turkish keyboards
# make them: "medıum".
LIKE_LETTERS = str.maketrans({"ı": "i", "İ": "I", "ſ": "s"})
# What is longer than any sentence of a shopper is not searched for patterns: their cost grows with the length.
MAX_CHARACTERS = 2000
# What changes a word's meaning stands at most so many characters before it.
REACH = 80

MOST_DAYS_AGO = 4000
# Cents. A number without a currency, smaller or larger than these, is a count or an order number.
LEAST_BARE_PRICE = 300
MOST_BARE_PRICE = 10_000_00
OPPOSITES = {"maximum": "minimum", "minimum": "maximum"}

Entity = dict[str, Any]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ShopEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Finds entities by the catalogue's vocabulary and the language's patterns.

    It learns one thing in training: which words exist, those of the examples and those that the sentence model
    knows. A word that exists is not taken for a misspelt brand.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``language``: the file ``data/language/<language>.yml``. ``vocabulary``: the catalogue's words; empty:
        ``vocabulary.json`` in ``$FLOORWALKER_VAR`` (``var``). ``today``: the day by which "yesterday" is understood,
        as ``2026-11-24``, for measurements; empty: the day it is. ``models``: folder of the registry, as for the
        featurizer.
        """
        return {"language": "en", "vocabulary": "", "today": "", "models": ""}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raises InvalidConfigException where there is no file for the language."""
        path = language_file(config.get("language", "en"))
        if not path.is_file():
            raise InvalidConfigException(
                f"ShopEntityExtractor: language is {config.get('language')!r}, but there is no {path}."
            )

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        known_words: frozenset[str] = frozenset(),
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._known_words = known_words
        self._config = config
        self._language = Language.load(language_file(config["language"]))
        self._vocabulary = Vocabulary.of_shop(config["vocabulary"], self._language.variants)
        self._fixed_today = date.fromisoformat(config["today"]) if config.get("today") else None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ShopEntityExtractor:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ShopEntityExtractor:
        with model_storage.read_from(resource) as folder:
            words = json.loads((folder / "known_words.json").read_text("utf-8"))
        return cls(config, model_storage, resource, frozenset(words))

    def train(self, training_data: TrainingData) -> Resource:
        texts = (example.get(TEXT) or "" for example in training_data.intent_examples)
        words = {word.casefold() for text in texts for word in WORD.findall(text)}
        self._known_words = frozenset(words).union(open_embedding(self._config["models"]).words())
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "known_words.json").write_text(json.dumps(sorted(self._known_words)), "utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the entities of each message to those it has."""
        for message in messages:
            entities = self.extract((message.get(TEXT) or "")[:MAX_CHARACTERS])
            entities = self.add_extractor_name(entities)
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages

    def extract(self, text: str) -> list[Entity]:
        """Entities of ``text`` in order, not overlapping. What is most specific takes its words first."""
        text = text.translate(LIKE_LETTERS)
        entities: list[Entity] = []
        taken = bytearray(len(text))  # 1 for each character that belongs to an entity
        for finder in (
            self._contacts, self._dates, self._prices, self._order_numbers, self._measures,
            self._sizes, self._quantities_and_positions, self._sorts, self._catalogue, self._amounts, self._postcodes,
        ):
            for group in finder(text):
                if any(any(taken[entity["start"]:entity["end"]]) for entity in group):
                    continue
                entities.extend(group)
                for entity in group:
                    taken[entity["start"]:entity["end"]] = b"\1" * (entity["end"] - entity["start"])
        return sorted(entities, key=lambda entity: (entity["start"], entity["entity"]))

    # Each finder yields groups of entities that stand or fall together.

    def _contacts(self, text: str) -> Iterator[list[Entity]]:
        for found in EMAIL.finditer(text):
            yield [_entity("email", found[0].rstrip(".").lower(), found)]

    def _dates(self, text: str) -> Iterator[list[Entity]]:
        for pattern, order in ((ISO_DATE, (1, 2, 3)), (DAY_DATE, (3, 2, 1))):
            for found in pattern.finditer(text):
                day = _date(*(int(found[group]) for group in order))
                if day is not None:
                    yield [_entity("date", day.isoformat(), found)]
        today = self._fixed_today or date.today()
        for found in self._language.date_word.finditer(text):
            yield [_entity("date", (today + timedelta(days=self._language.dates[found[1].lower()])).isoformat(), found)]
        for kind, patterns in self._language.date.items():
            for found in _all(patterns, text):
                day = self._day(kind, found, today)
                if day is not None:
                    yield [_entity("date", day.isoformat(), found)]

    def _day(self, kind: str, found: re.Match, today: date) -> date | None:
        """The day that a pattern of ``kind`` found; None where there is no such day."""
        language, part = self._language, found.groupdict()
        if kind == "day_of_month":
            month, number = language.months[part["month"].lower()], int(part["day"])
            if part["year"]:
                return _date(int(part["year"]), month, number)
            # Without a year, the nearest: in November, "3 March" is the next one and "3 October" the last.
            days = [_date(year, month, number) for year in range(today.year - 4, today.year + 5)]
            return min((day for day in days if day), key=lambda day: abs(day - today), default=None)
        if kind == "ago":
            count = language.number(part["count"]) if part["count"] else 1
            if count is None:
                return None
            past = count * language.time_units[part["unit"].lower()]
            return today - timedelta(days=past) if past < MOST_DAYS_AGO else None
        weekday = language.weekdays[part["weekday"].lower()]
        if kind == "weekday_before":
            return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)

    def _prices(self, text: str) -> Iterator[list[Entity]]:
        for kind, patterns in self._language.price.items():
            for found in _all(patterns, text):
                cents = [self._language.cents(group) for group in found.groups() if group]
                if not cents or None in cents or self._is_no_money(cents, found):
                    continue
                turned = self._language.price_negated.search(_before(text, found.start()))
                yield _price(OPPOSITES.get(kind, kind) if turned else kind, cents, found)

    def _is_no_money(self, cents: list[int], found: re.Match) -> bool:
        """Whether the numbers of a price phrase, said without a currency, count or measure something else."""
        if self._language.money.search(found[0]):
            return False
        return (
            max(cents) < LEAST_BARE_PRICE or max(cents) > MOST_BARE_PRICE
            or self._language.not_money_after.match(found.string, found.end()) is not None
        )

    def _amounts(self, text: str) -> Iterator[list[Entity]]:
        for found in self._language.money.finditer(text):
            cents = self._language.cents(found[1] or found[2])
            if cents is not None:
                yield [_entity("amount", cents, found)]

    def _order_numbers(self, text: str) -> Iterator[list[Entity]]:
        for found in ORDER_NUMBER.finditer(text):
            yield [_entity("order_number", found[1].replace(" ", ""), found)]
        for found in self._language.order_number.finditer(text):
            yield [_entity("order_number", found[1], found, 1)]

    def _postcodes(self, text: str) -> Iterator[list[Entity]]:
        for found in POSTCODE.finditer(text):
            yield [_entity("postcode", found[1], found)]

    def _measures(self, text: str) -> Iterator[list[Entity]]:
        for size in self._vocabulary.measures(text):
            yield [_of_catalogue(size.kind, size)]

    def _sizes(self, text: str) -> Iterator[list[Entity]]:
        for pattern in (self._language.size, LETTER_SIZE):
            for found in pattern.finditer(text):
                yield [_entity("size", found[1].replace(",", "."), found, 1)]
        idioms = self._idioms(text)
        for found in self._language.size_word.finditer(text):
            if not _touches(idioms, *found.span()):
                yield [_entity("size", self._language.size_words[found[1].lower()], found)]

    def _quantities_and_positions(self, text: str) -> Iterator[list[Entity]]:
        language = self._language
        for found in _all(language.first_few, text):
            count = language.number(found[1])
            if count is not None and 1 < count <= 10:
                yield [_entity("ordinal", position, found) for position in range(1, count + 1)]
        for found in _all(language.both, text):
            yield [_entity("ordinal", 1, found), _entity("ordinal", 2, found)]
        for found in _all(language.ordinal, text):
            position = language.ordinals.get(found[1].lower()) or language.number(found[1])
            if position:
                yield [_entity("ordinal", position, found)]
        for found in _all(language.quantity, text):
            count = language.number(found[1])
            if count:
                yield [_entity("quantity", count, found, 1)]

    def _sorts(self, text: str) -> Iterator[list[Entity]]:
        for kind, pattern in self._language.sort.items():
            for found in pattern.finditer(text):
                yield [_entity("sort", kind, found)]

    def _catalogue(self, text: str) -> Iterator[list[Entity]]:
        idioms = self._idioms(text)
        words = [
            word for word in self._vocabulary.find(text, self._known_words)
            if not _touches(idioms, word.start, word.end)
        ]
        yield from self._catalogue_words(text, words)
        yield from self._quantities_of_things(text, words)

    def _catalogue_words(self, text: str, words: list[Found]) -> Iterator[list[Entity]]:
        refused_last: Found | None = None
        for word in words:
            refused = word.kind in REFUSABLE and (
                self._language.refused_before.search(_before(text, word.start))
                or self._language.refused_after.match(text[word.end:])
                or (refused_last is not None and refused_last.kind == word.kind
                    and self._language.refused_joint.fullmatch(text[refused_last.end:word.start]))
            )
            refused_last = word if refused else None
            yield [_of_catalogue(f"not_{word.kind}" if refused else word.kind, word)]

    def _idioms(self, text: str) -> list[tuple[int, int]]:
        """Start and end of each turn of phrase in ``text``."""
        return [found.span() for found in self._language.idioms.finditer(text)]

    def _quantities_of_things(self, text: str, words: list[Found]) -> Iterator[list[Entity]]:
        """Counts before a category's name and what describes it: "3 red glass vases"."""
        begin = end = None
        for word in words:
            if end is None or text[end:word.start].strip():
                begin = word.start
            end = word.end
            if word.kind != "category":
                continue
            before = _before(text, begin)
            for pattern in self._language.quantity_before:
                found = pattern.search(before)
                count = self._language.number(found[1]) if found else None
                if count:
                    start = begin - len(before) + found.start(1)
                    yield [{"entity": "quantity", "value": count, "start": start, "end": start + len(found[1]),
                            "confidence_entity": 1.0}]


def _touches(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < last and first < end for first, last in spans)


def _date(year: int, month: int, day: int) -> date | None:
    """None where there is no such day: 31 February, or the 29th in most years."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _before(text: str, end: int) -> str:
    return text[max(0, end - REACH):end]


def _of_catalogue(name: str, word: Found) -> Entity:
    return {"entity": name, "value": word.value, "start": word.start, "end": word.end,
            "confidence_entity": word.confidence}


def _all(patterns: list[re.Pattern], text: str) -> Iterator[re.Match]:
    for pattern in patterns:
        yield from pattern.finditer(text)


def _entity(name: str, value: Any, found: re.Match, group: int = 0) -> Entity:
    return {"entity": name, "value": value, "start": found.start(group), "end": found.end(group),
            "confidence_entity": 1.0}


def _price(kind: str, cents: list[int], found: re.Match) -> list[Entity]:
    if kind == "maximum":
        return [_entity("price_max", cents[0], found)]
    if kind == "minimum":
        return [_entity("price_min", cents[0], found)]
    low, high = (min(cents), max(cents)) if kind == "between" else (
        round(cents[0] * (1 - AROUND)), round(cents[0] * (1 + AROUND)))
    return [_entity("price_min", low, found), _entity("price_max", high, found)]
