"""The passage of the shop's pages that answers a question, word for word; none where no passage surely does.

Pages are Markdown. A passage is a paragraph, or two or three sentences of a long one, as plain text. What is asked is
compared with each of its sentences by the embedding, and with its words by the lexical index, as products are.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from models.embedding import SentenceEmbedding
from models.lexical_index import SATURATION, LexicalIndex, rarity
from models.lexical_words import query_words

MAX_CHARS = 330  # of a passage, its heading apart; a sentence is never cut, and a longer one is left out
# Where a sentence ends: not behind "e.g." or "1.", so the next one must begin with a capital.
SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"”’)]))\s+(?=[\"“‘(]?[A-ZÀ-Þ])")
UNFILLED = re.compile(r"\{\w+\}")  # a fact that nobody wrote out is nothing to say
LISTS = ("bullet_list", "ordered_list")
# Chosen on one half of tests/models/policy_questions.csv and measured on the other (docs/shop.md).
WORDS_WEIGHT = 0.4
THRESHOLD = 0.76


@dataclass(frozen=True)
class Page:
    """One page of the shop: ``slug`` names it, ``markdown`` is what shoppers read there."""

    slug: str
    title: str
    markdown: str


@dataclass(frozen=True)
class Passage:
    """Whole ``sentences`` of a page as plain text. ``heading``: the nearest above it, "" where there is none.

    ``opens``: it stands right below its heading, and often cannot be understood without it.
    """

    slug: str
    source: str
    heading: str
    sentences: tuple[str, ...]
    opens: bool

    @property
    def text(self) -> str:
        """The passage as it may be said, with the heading that it goes on from."""
        text = " ".join(self.sentences)
        if not self.opens or not self.heading:
            return text
        return f"{self.heading} {text}" if self.heading[-1] in ".!?:" else f"{self.heading}: {text}"


@dataclass(frozen=True)
class Found:
    """A passage for a question. ``score`` is what THRESHOLD is about; ``likeness`` is the cosine in it."""

    passage: Passage
    score: float
    likeness: float


class Passages:
    """The passages of all pages, in memory. Never changed, only made anew."""

    def __init__(self, pages: Sequence[Page], embedding: SentenceEmbedding) -> None:
        self.embedding = embedding
        self.passages = [passage for page in pages for passage in passages_of(page)]
        texts, owners = [], []
        for number, passage in enumerate(self.passages):
            # A sentence is asked about under its headings: alone, "Sending it to us costs nothing" answers too much.
            above = ". ".join(dict.fromkeys(filter(None, (passage.source, passage.heading))))
            texts += [f"{above}. {sentence}" for sentence in passage.sentences]
            owners += [number] * len(passage.sentences)
        self._vectors = embedding.embed(texts)
        self._starts = np.searchsorted(owners, np.arange(len(self.passages)))
        self._lexical = LexicalIndex.build(
            {"title": passage.source, "kind": passage.heading, "description": " ".join(passage.sentences)}
            for passage in self.passages
        )

    def __len__(self) -> int:
        return len(self.passages)

    def best(self, question: str, threshold: float = THRESHOLD) -> Found | None:
        """The passage nearest to ``question``; None where none reaches ``threshold``, or there are no passages."""
        if not self.passages or not question.strip():
            return None
        likeness = self.likeness(question)
        scores = likeness + WORDS_WEIGHT * self._share_of_words(question)
        row = int(np.argmax(scores))
        if scores[row] < threshold:
            return None
        return Found(self.passages[row], float(scores[row]), float(likeness[row]))

    def likeness(self, question: str) -> np.ndarray:
        """(n,) float32: cosine of ``question`` with the sentence nearest to it in each passage."""
        cosines = self._vectors @ self.embedding.embed([question])[0]
        return np.maximum.reduceat(cosines, self._starts)

    def likeness_of_answers(self, question: str, answers: Sequence[str], source: str) -> float:
        """Cosine of ``question`` with the nearest of ``answers``, to be held against a passage's; -1 without any.

        Each counts as it stands, and whole and by its sentences under the title ``source``, as passages do.
        """
        texts = [*answers, *(f"{source}. {each}" for answer in answers for each in (answer, *sentences_of(answer)))]
        if not texts:
            return -1.0
        return float((self.embedding.embed(list(dict.fromkeys(texts))) @ self.embedding.embed([question])[0]).max())

    def _share_of_words(self, question: str) -> np.ndarray:
        """(n,) float32 from 0 to about 1: how much of what the words of ``question`` tell stands in each passage.

        Unlike products' scores it is not measured by the best passage: a question of which no passage has a word
        would be as near to one as any other. A word that stands nowhere counts as one that is asked for in vain.
        """
        asked = query_words(question, [self._lexical])
        weighed = {word: rarity(self._lexical.documents_with(word), len(self.passages)) for word in asked}
        most = sum(weighed.values()) * (SATURATION + 1) / 2
        return np.minimum(self._lexical.scores(weighed) / most, 1.0) if most else np.zeros(len(self.passages))


def sentences_of(text: str) -> list[str]:
    """The sentences of a paragraph in plain text."""
    return SENTENCE_END.split(text)


def passages_of(page: Page) -> list[Passage]:
    """The passages of ``page`` in their order; empty where it has no whole sentence."""
    found: list[Passage] = []
    for block in _blocks(page.markdown):
        # What is left out parts its neighbours: said in one breath they might mean something else.
        for sayable, run in groupby(block.sentences, _is_sayable):
            for group in _grouped(list(run)) if sayable else ():
                opens = block.opens and group[0] == block.sentences[0]
                found.append(Passage(page.slug, page.title, block.heading, group, opens))
    return found


def _is_sayable(sentence: str) -> bool:
    return 0 < len(sentence) <= MAX_CHARS and not UNFILLED.search(sentence)


def _grouped(sentences: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Neighbouring sentences that fit into MAX_CHARS; each group begins with the last one of the group before it."""
    start = 0
    while start < len(sentences):
        end = start + 1
        while end < len(sentences) and len(" ".join(sentences[start : end + 1])) <= MAX_CHARS:
            end += 1
        yield tuple(sentences[start:end])
        if end == len(sentences):
            return
        start = end - 1 if end - start > 1 else end


@dataclass(frozen=True)
class _Block:
    """``sentences`` that stand together under ``heading``. ``opens``: nothing but the heading leads to them."""

    heading: str
    sentences: list[str]
    opens: bool


def _blocks(markdown: str) -> Iterator[_Block]:
    """Paragraphs, lists and rows of tables in their order."""
    heading, opens = "", False
    lead: list[str] = []  # of a paragraph that goes on in the list below it, as its colon tells
    for node in SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown)).children:
        if lead and node.type not in LISTS:
            yield _Block(heading, lead, opens)
            lead, opens = [], False
        if node.type == "heading":
            # The first rank is the page's title once more, which is the passage's source.
            heading, opens = ("", False) if node.tag == "h1" else (_plain(node), True)
        elif node.type in LISTS:
            for sentences in _of_list(node, lead):
                yield _Block(heading, sentences, opens)
            lead, opens = [], False
        elif node.type == "table":
            for row in _of_table(node):
                yield _Block(heading, [row], opens)
            opens = False
        else:
            sentences = sentences_of(_plain(node))
            if sentences[-1].endswith(":"):
                lead = sentences
            elif any(sentences):
                yield _Block(heading, sentences, opens)
                opens = False


def _of_list(node: SyntaxTreeNode, lead: list[str]) -> Iterator[list[str]]:
    """A list with the line that leads to it, then each item that says something alone; steps stay together."""
    items = [_plain(item) for item in node.children]
    if lead:
        yield [*lead[:-1], " ".join((lead[-1], *items))]
    alone = [item for item in items if item[:1].isupper() and not item.endswith((",", ";", ":"))]
    if node.type == "ordered_list":
        yield [sentence for item in alone for sentence in sentences_of(item)]
    else:
        yield from (sentences_of(item) for item in alone)


def _of_table(node: SyntaxTreeNode) -> Iterator[str]:
    """Each row as a line, every cell behind the name of its column."""
    rows = [[_plain(cell) for cell in row.children] for part in node.children for row in part.children]
    for row in rows[1:]:
        yield "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(rows[0], row, strict=False)) + "."


def _plain(node: SyntaxTreeNode) -> str:
    """The text of ``node`` as it is read on the page, without marks and line breaks."""
    found = []
    for each in node.walk():
        if each.type in ("text", "code_inline", "fence", "code_block"):
            found.append(each.content)
        elif each.type in ("softbreak", "hardbreak", "paragraph"):
            found.append(" ")
    return " ".join("".join(found).split())
