"""The claim gate: no written reply leaves that says something by itself that a shopper could take for a fact.

A template is checked before its facts are filled in, the text after. The rules are explained in docs/replies.md; words
come from ``data/language/claims_en.toml``, what is approved from the reply examples.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from models.reply import filled_text, template_form
from models.reply.acts import Act, Acts
from models.reply.claims import ActClaims, Claims, Hit, Phrases, Token, spoken, tokens
from models.reply.verdict import PASSED, Verdict, refused
from models.reply.vocabulary import ActWords, Vocabulary, capitals, negated_pair, neighbours, windows

SHORT = 6  # letters; two neighbours this short may be one word torn in two: "fr ee"


class ClaimGate:
    """Judges templates and texts. Threads may share it: new names are taken over in one step.

    ``names``: brands and product titles of the catalogue, which no reply says but in a placeholder.
    ``open_vocabulary``: words that no approved example has are let through, for a large model that knows more words
    than its examples; so is most of what stands beside a placeholder, and every other rule stays.
    """

    def __init__(
        self, acts: Acts, vocabulary: Vocabulary, claims: Claims, names: Iterable[str] = (), *,
        open_vocabulary: bool = False,
    ) -> None:
        self.acts, self.vocabulary, self.claims, self.open_vocabulary = acts, vocabulary, claims, open_vocabulary
        self.set_names(names)

    def set_names(self, names: Iterable[str]) -> None:
        """Take over the catalogue's names as they are now."""
        listed = {tuple(token.text for token in tokens(name) if token.is_word) for name in names}
        words = frozenset(word for name in listed for word in name if len(word) > 2)
        titles = Phrases((" ".join(name), "name") for name in listed if len(name) > 1)
        # Words of titles ("boot", "the") that approved replies use are names only as part of a whole title.
        self._names = (words - self.vocabulary.words, titles)

    def check_template(
        self, act: Act, template: str, given: Collection[str], features: Mapping[str, str] | None = None
    ) -> Verdict:
        """Whether ``template`` may be filled, where ``given`` facts and ``features`` were handed over."""
        found = tokens(template)
        words = spoken(found)
        claims = self.claims.of(act.name)
        approved = self.vocabulary.acts.get(act.name) or ActWords()
        return next(
            chain(
                template_form.whole(template, words, claims, self.claims),
                template_form.placeholders(template, found, given, claims, self.claims),
                template_form.characters(template, self.claims),
                self._claimed(words, claims),
                self._torn(words, claims),
                self._named(found, template, claims, approved),
                self._polarity(act, words, claims, approved),
                self._features(words, features or {}),
                template_form.repetition(found, words, self.claims),
                () if self.open_vocabulary else self._unapproved(found, template, approved),
                self._placed(act, found, approved),
            ),
            PASSED,
        )

    def check_text(self, act: Act, template: str, facts: Mapping[str, str], text: str) -> Verdict:
        """Whether ``text`` is ``template`` with the values of ``facts`` and nothing else.

        ``facts`` are in words, as ``facts.values`` writes them. Call it for a template that passed ``check_template``.
        """
        return next(
            chain(
                filled_text.values(facts, self.claims),
                filled_text.readable(text, self.claims),
                filled_text.filled(template, facts, text),
            ),
            PASSED,
        )

    def _claimed(self, words: list[str], claims: ActClaims) -> Iterator[Verdict]:
        """Words of the table that are not this act's to say, and superlatives that the table does not name."""
        hits = claims.refused.find(words)
        hit = _uncovered(hits, claims.fine.find(words), same_label=True) if hits else None
        if hit:
            yield refused(hit[2], " ".join(words[hit[0] : hit[1]]))
        for word in words:
            if word.endswith(self.claims.superlative_ending) and not (
                self.claims.superlative_exceptions.alone(word) is not None
                or claims.fine.alone(word)
                or word in self.claims.named_superlatives
            ):
                yield refused("superlative", word)

    def _torn(self, words: list[str], claims: ActClaims) -> Iterator[Verdict]:
        """A refused word in pieces: with a blank, a hyphen or dots inside."""
        for place in range(len(words) - 1):
            first, second = words[place], words[place + 1]
            if len(first) > SHORT or len(second) > SHORT or first[0] == "{" or second[0] == "{":
                continue
            code = claims.refused.alone(first + second)
            if code and not (first in self.vocabulary.words and second in self.vocabulary.words):
                yield refused(code, f"{first} {second}")
        letters = ""
        for word in [*words, ""]:
            if len(word) == 1:
                letters += word
                continue
            if len(letters) > 2 and set(letters) - self.claims.one_letter_words:
                yield refused("spelt_out", letters)
            letters = ""

    def _named(
        self, found: list[Token], template: str, claims: ActClaims, approved: ActWords
    ) -> Iterator[Verdict]:
        """Names of the catalogue, and what is written like a name or a code."""
        unusual, titles = self._names
        for token in found:
            if token.is_word and token.text in unusual:
                yield refused("name", template[token.start : token.end])
        if titles and titles.find([token.text for token in found if token.is_word]):
            yield refused("name", "the title of a product")
        usual = self.claims.always_capital | approved.capitals
        for word in capitals(found, template, claims.sentences):
            lowered = word.lower().replace("’", "'")
            if lowered not in usual and lowered.split("'")[0] not in usual:
                yield refused("capital", f"{word!r} is written like a name")
        for token in found:
            word = template[token.start : token.end]
            if token.is_word and len(word) > 1 and word.isupper() and token.text not in usual:
                yield refused("capital", f"{word!r} is written like a code")

    def _polarity(
        self, act: Act, words: list[str], claims: ActClaims, approved: ActWords
    ) -> Iterator[Verdict]:
        """What the act is about is said, and not its opposite."""
        denied = _uncovered(claims.denies.find(words), claims.harmless.find(words))
        if denied:
            yield refused("denied", denied[2])
        if claims.says and not claims.says.find(words):
            yield refused("unsaid", f"no words of {act.name} that say it")
        negation = next(filter(self.claims.negates, words), None)
        if negation and approved.never_negates:
            yield refused("negation", negation)
        if not negation and approved.always_negates:
            yield refused("no_negation", f"every approved {act.name} has a negation")

    def _features(self, words: list[str], features: Mapping[str, str]) -> Iterator[Verdict]:
        """Words that are true of another value of a feature only: "good morning" in the evening."""
        for name, value in features.items():
            for true_of, phrases in self.claims.features.get(name, ()):
                said = phrases.find(words) if value not in true_of else ()
                if said:
                    yield refused(f"feature:{name}", f"{said[0][2]!r} is said of {'/'.join(sorted(true_of))}")

    def _unapproved(self, found: list[Token], template: str, approved: ActWords) -> Iterator[Verdict]:
        """Words that no approved example of the act has, and what a negation negates in none of them."""
        for place, token in enumerate(found):
            if not token.is_word:
                continue
            if token.text not in approved.words:
                yield refused("unknown_word", template[token.start : token.end])
            if self.claims.negates(token.text) and negated_pair(found, place) not in approved.negated:
                yield refused("negation", " ".join(negated_pair(found, place)))

    def _placed(self, act: Act, found: list[Token], approved: ActWords) -> Iterator[Verdict]:
        """Facts among words that stand beside them in approved examples: a price is no distance, a code no title.

        With an open vocabulary only what would be another claim in another fact's place, and only the words before it.
        """
        apart = self.claims.told_apart.get(act.name, {})
        for name, before, behind in neighbours(found):
            own = name in self.claims.own_place or name in apart
            if self.open_vocabulary and not own:
                continue
            leading, following = self.vocabulary.before, self.vocabulary.after
            if name in apart or (own and not self.open_vocabulary):
                leading, following = approved.before, approved.after
            if before not in leading.get(name, ()):
                yield refused(f"place:{name}", f"behind {before!r}")
            if behind not in following.get(name, ()) and not self.open_vocabulary:
                yield refused(f"place:{name}", f"before {behind!r}")
        for name, leading in windows(found) if apart else ():
            count = apart.get(name, 0)
            if count > 1 and leading[:count] not in {each[:count] for each in approved.leading.get(name, ())}:
                yield refused(f"place:{name}", f"behind {' '.join(reversed(leading[:count]))!r}")


def _uncovered(hits: list[Hit], fine: list[Hit], same_label: bool = False) -> Hit | None:
    """The first of ``hits`` that no longer, harmless phrase holds; None where all are held."""
    for hit in hits:
        first, end, label = hit
        if not any(start <= first and end <= stop and (not same_label or of == label) for start, stop, of in fine):
            return hit
    return None
