"""Writing replies: several candidates in one batch, each through the claim gate, one of those that passed.

A reply is a template: its facts are filled in when it is sent, so what changed meanwhile is said as it is then.
"""
from __future__ import annotations

import json
import logging
import math
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from models.reply.acts import Acts
from models.reply.claims import Claims
from models.reply.errors import EndpointError, ReplyError
from models.reply.gate import ClaimGate
from models.reply.generation import Candidate, Generator
from models.reply.requests import Request, meaning_of
from models.reply.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

# Beside the files of CTranslate2, which has a vocabulary.json of its own.
ACTS, VOCABULARY, CLAIMS, CARD = "acts.toml", "approved_words.json", "claims.toml", "reply.json"
CANDIDATES, ROUNDS = 4, 3
TOLD, TOLD_CHARS = 8, 300  # candidates that are kept for whoever looks into a reply, and how much of each
TEMPERATURE = 0.9
COOLER = 0.6  # the temperature of each further round, in which something sound is wanted more than something new
# The passed candidates are drawn from with this temperature of their mean log-probability, so that the same question
# is not always answered alike, and a clumsy sentence is rarely taken where a good one is at hand.
CHOICE_TEMPERATURE = 0.4
# Below this mean log-probability of a token most candidates that pass the gate are no English any more; small talk,
# whose meaning is a sentence instead of facts, gets there sooner. Judged by eye on 380 of them.
FLUENT, FLUENT_HEARD = -0.45, -0.25


class Source(Protocol):
    """Whatever samples replies: a model in memory, or one behind a URL."""

    def sample(self, prompts: Sequence[str], candidates: int, *, temperature: float) -> list[list[Candidate]]: ...


@dataclass(frozen=True)
class Written:
    """A reply that may be sent once its facts are filled in, or None and the ``reason`` why there is none.

    ``rejected``: how many candidates failed, by the gate's reason. ``tried``: the candidates that were not taken, at
    most TOLD, {"template", "reason"} each, the reason None for one that passed.
    """

    template: str | None
    reason: str | None = None
    candidates: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    ms: float = 0.0
    tried: tuple[dict[str, str | None], ...] = ()


class ReplyWriter:
    """The model and its gate. May be asked from several threads."""

    def __init__(
        self, source: Source, acts: Acts, gate: ClaimGate, version: str = "",
        tones: Mapping[str, Sequence[str]] | None = None, fluent: bool = False, candidates: int = CANDIDATES,
        rounds: int = ROUNDS, temperature: float = TEMPERATURE, chance: random.Random | None = None,
    ) -> None:
        """``tones``: of each act those that examples show; asked for another one, it speaks in the first.

        ``fluent``: refuse what the model itself finds improbable. Only the own model's scores are known well enough.
        """
        self.acts, self.gate, self.version = acts, gate, version
        self._tones, self.fluent = tones or {}, fluent
        self._source, self._candidates, self._rounds, self._temperature = source, candidates, rounds, temperature
        self.chance = chance or random.Random()  # noqa: S311 - which of several good replies is said

    @classmethod
    def open(cls, folder: Path, threads: int = 1, workers: int = 1, source: Source | None = None) -> ReplyWriter:
        """The version in ``folder``. ``source``: another model than the one there, behind the same gate.

        Raises OSError, RuntimeError or ReplyError where the folder is not whole.
        """
        acts = Acts.load(folder / ACTS)
        gate = ClaimGate(
            acts, Vocabulary.load(folder / VOCABULARY), Claims.load(folder / CLAIMS), open_vocabulary=source is not None
        )
        described = (folder / CARD).read_text(encoding="utf-8")
        try:
            card = json.loads(described)
            version, tones = card["version"], card["tones"]
        except (ValueError, KeyError, TypeError) as error:
            raise ReplyError(f"{folder / CARD} cannot be read ({error!r}): train the reply model again.") from error
        own = source is None
        return cls(source or Generator.open(folder, threads, workers), acts, gate, version, tones, fluent=own)

    def knows(self, act: str) -> bool:
        """Whether the model may be asked to say ``act``."""
        return act in self.acts.acts

    def tone(self, act: str, wanted: str) -> str:
        """``wanted`` where examples of ``act`` speak so: nobody was shown how to be playful about a lost parcel."""
        shown = self._tones.get(act) or (wanted,)
        return wanted if wanted in shown else shown[0]

    def write(self, requests: Sequence[Request]) -> list[Written]:
        """A template for each request, in order. Never raises for what a model says or fails to say."""
        started = time.perf_counter()
        jobs = [_Job(self, request) for request in requests]
        for number in range(self._rounds):
            waiting = [job for job in jobs if not job.settled]
            if not waiting:
                break
            try:
                found = self._source.sample(
                    [job.prompt for job in waiting], self._candidates, temperature=self._temperature * COOLER**number
                )
            except EndpointError as error:
                logger.warning("No reply was written: %s", error)
                for job in waiting:
                    job.problem = "no_model"
                break
            for job, candidates in zip(waiting, found, strict=True):
                job.judge(candidates)
        ms = (time.perf_counter() - started) * 1000
        return [job.written(self.chance, ms) for job in jobs]


class _Job:
    """One request on its way: what was tried, what passed."""

    def __init__(self, writer: ReplyWriter, request: Request) -> None:
        self._gate, self._request = writer.gate, request
        self._passed: dict[str, float] = {}
        self._seen: dict[str, str | None] = {}  # every candidate, with what was against it
        self._tried = self._asked = 0
        self._rejected: Counter[str] = Counter()
        wrong = writer.acts.problems(request.act, request.facts, dict(request.features), request.tone)
        self.problem = "bad_request" if wrong else None
        if wrong:
            logger.error("A reply was asked for that no model can write: %s", "; ".join(wrong))
            return
        self._acts, self._act = writer.acts, writer.acts.acts[request.act]
        self._floor = -math.inf
        if writer.fluent:
            self._floor = FLUENT_HEARD if self._act.heard else FLUENT
        self._tone = writer.tone(request.act, request.tone)
        self._ask_with(tuple(request.facts))

    def _ask_with(self, facts: tuple[str, ...]) -> None:
        """Ask for a reply that says ``facts``."""
        asked = self._request
        self._facts = facts
        self._meaning = meaning_of(self._acts, asked.act, facts, asked.features, self._tone, asked.heard)
        self.prompt = self._meaning.prompt()

    @property
    def settled(self) -> bool:
        # For something that was not said before it is asked twice at most.
        fresh = set(self._passed) - self._request.avoid
        return self.problem is not None or bool(fresh) or (self._asked > 1 and bool(self._passed))

    def judge(self, candidates: Sequence[Candidate]) -> None:
        """Take the candidates of one round through the gate."""
        self._asked += 1
        for candidate in candidates:
            self._tried += 1
            template = self._meaning.from_numbers(candidate.text)
            verdict = self._gate.check_template(self._act, template, self._facts, self._request.features)
            self._seen[template] = None
            if candidate.score < self._floor:
                self._rejected["clumsy"] += 1
                self._seen[template] = "clumsy"
            elif verdict.ok:
                self._passed[template] = max(candidate.score, self._passed.get(template, -math.inf))
            else:
                self._rejected[verdict.reason or ""] += 1
                self._seen[template] = verdict.reason
                logger.debug("%s refused, %s (%s): %r", self._act.name, verdict.reason, verdict.detail, template)
        if not self._passed:  # what may be said anywhere, such as a name, need not be said here
            self._ask_with(tuple(name for name in self._facts if name not in self._acts.anywhere))

    def written(self, chance: random.Random, ms: float) -> Written:
        fresh = {each: score for each, score in self._passed.items() if each not in self._request.avoid}
        choice = fresh or self._passed  # said before is better than not said
        if not choice:
            reason = self.problem or (self._rejected.most_common(1)[0][0] if self._rejected else "nothing_written")
            return Written(None, reason, self._tried, dict(self._rejected), ms, self._told(None))
        best = max(choice.values())
        weights = [math.exp((score - best) / CHOICE_TEMPERATURE) for score in choice.values()]
        chosen = chance.choices(list(choice), weights)[0]
        return Written(chosen, None, self._tried, dict(self._rejected), ms, self._told(chosen))

    def _told(self, chosen: str | None) -> tuple[dict[str, str | None], ...]:
        # The same words may be clumsy in one round and pass in the next.
        others = [
            (template, None if template in self._passed else reason)
            for template, reason in self._seen.items() if template != chosen
        ]
        return tuple({"template": template[:TOLD_CHARS], "reason": reason} for template, reason in others[:TOLD])
