"""``floorwalker train reply``: fine-tune the reply model on the reply examples and convert it for serving.

What is trained is asked to write what it did not see. A candidate of which the claim gate lets through clearly less
than of the model in use is refused. With preferences it learns also from the thumbs that shoppers gave.
"""
from __future__ import annotations

import hashlib
import json
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

import models.reply
from commands.errors import CommandError
from models.errors import ModelsError
from models.registry import Registry
from models.reply.acts import Acts
from models.reply.claims import Claims
from models.reply.examples import Example, read_folder
from models.reply.requests import Request, example_pairs, named
from models.reply.vocabulary import Vocabulary
from models.reply.writer import ACTS, CARD, CLAIMS, VOCABULARY, ReplyWriter
from shop import replies
from shop.database import open_database
from shop.settings import ROOT, settings

if TYPE_CHECKING:
    from models.reply.preferences import Preference

logger = logging.getLogger(__name__)

REPLIES = ROOT / "data" / "replies"
ROOM = Path(models.reply.__file__).parent
BASE = ROOM / "base"
# More of what a candidate writes than of the model in use may be refused by the gate before the candidate is refused.
TOLERANCE = 0.02
FEWEST_EXAMPLES = 200
# Modules that decide what is learned; how it is served does not make another model.
LEARNING = ("fine_tuning.py", "meaning.py", "requests.py", "sequences.py", "tokenizer.py", "training.py")


@dataclass(frozen=True)
class ReplyData:
    """Acts and examples as the trainers keep them, and what identifies them."""

    acts: Acts
    examples: list[Example]
    claims: Path
    fingerprint: str


def reply_data() -> ReplyData:
    """Read ``data/replies``. Raises CommandError where lines are wrong, naming each."""
    claims = ROOT / "data" / "language" / f"claims_{settings.locale.partition('-')[0].partition('_')[0]}.toml"
    if not claims.exists():
        raise CommandError(f"{claims.relative_to(ROOT)} is missing: the words that replies in this language may not "
                           "claim. Translate claims_en.toml (docs/replies.md), or set FLOORWALKER_REPLY_MODEL=off.")
    acts, examples, problems = read_folder(REPLIES)
    for problem in problems:
        print(f"  data/replies/{problem}")
    if problems:
        raise CommandError(f"{len(problems)} lines of the reply examples are wrong. Nothing was trained.")
    if len(examples) < FEWEST_EXAMPLES:
        raise CommandError(f"data/replies has {len(examples)} examples; at least {FEWEST_EXAMPLES} are needed.")
    digest = hashlib.sha256()
    for path in (*sorted(REPLIES.glob("*.jsonl")), REPLIES / "acts.toml", claims, BASE / "model.safetensors"):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for name in LEARNING:
        digest.update((ROOM / name).read_bytes())
    return ReplyData(acts, examples, claims, digest.hexdigest()[:12])


def train_reply(registry: Registry, force: bool, base: str | None = None, preferences: bool = False) -> bool:
    """Fine-tune and publish; returns whether a new version is in use. ``base``: another model than the one shipped.

    ``preferences``: learn also from thumbs, where there are enough. A model that did so stays until something else
    changed that is learned from, or more thumbs are to be learned from.
    Raises CommandError where the examples are wrong or the candidate is refused; the model in use stays.
    """
    data = reply_data()
    champion = registry.intact("reply")
    version = data.fingerprint
    if base is not None:
        version = hashlib.sha256(f"{version} {base}".encode()).hexdigest()[:12]
    pairs = _preferences(data.acts) if preferences else []
    liked = hashlib.sha256(repr(pairs).encode()).hexdigest()[:6] if pairs else None
    known = champion.card if champion is not None else {}
    if not force and known.get("fingerprint") == version and (liked is None or known.get("preferences") == liked):
        return False
    # Loaded only where something is trained: PyTorch takes seconds to import.
    from models.reply.fine_tuning import fine_tune  # noqa: PLC0415
    from models.reply.generation import convert  # noqa: PLC0415
    from models.reply.preferences import prefer  # noqa: PLC0415

    learned = [each for each in data.examples if not each.held_out]
    held_out = [each for each in data.examples if each.held_out]
    checkpoint = _checkpoint(registry, version)
    with registry.draft("reply") as folder:
        with tqdm(desc="reply", unit=" steps", leave=False, disable=None) as bar:
            report = fine_tune(
                base or BASE, example_pairs(named(learned, data.acts), data.acts), example_pairs(held_out, data.acts),
                folder / "tuned", progress=_progress(bar), checkpoint=checkpoint,
            )
        trained = folder / "tuned"
        if pairs:
            with tqdm(desc="preferences", unit=" steps", leave=False, disable=None) as bar:
                report |= prefer(trained, pairs, folder / "preferred", progress=_progress(bar))
            trained = folder / "preferred"
        draft = folder / "draft"
        convert(trained, draft)
        name = f"{version}-{liked}" if liked else version
        write_beside(draft, data, name)
        found = acceptance(ReplyWriter.open(draft), held_out)
        card: dict[str, Any] = {
            **report, **found, "fingerprint": version, "preferences": liked, "base": base or "shipped"
        }
        # Of no use any more, also where it is refused: the next training is one of other examples.
        shutil.rmtree(checkpoint, ignore_errors=True)
        _refuse_worse(found, champion, held_out)
        registry.publish("reply", name, draft, card)
    return True


def _checkpoint(registry: Registry, version: str) -> Path:
    """Where an interrupted training of ``version`` goes on. What was kept of other versions is thrown away."""
    mine = registry.root / f".reply-checkpoint.{version}"
    for other in registry.root.glob(".reply-checkpoint.*"):
        if other != mine:
            shutil.rmtree(other, ignore_errors=True)
    return mine


def _preferences(acts: Acts) -> list[Preference]:
    """What thumbs say of pairs of replies; none, and that is said, where there are too few."""
    from models.reply.preferences import FEWEST_PAIRS, preference_pairs  # noqa: PLC0415

    database = open_database()
    try:
        database.migrate()
        with database.session() as db:
            pairs = preference_pairs(replies.rated(db), acts, settings.reply_tones[0])
    finally:
        database.close()
    if len(pairs) >= FEWEST_PAIRS:
        return pairs
    print(f"thumbs give {len(pairs)} pairs of a liked and a disliked reply, {FEWEST_PAIRS} are needed: without them, ",
          end="", flush=True)
    return []


def write_beside(folder: Path, data: ReplyData, version: str) -> None:
    """What the gate needs, beside the model that it belongs to."""
    claims = Claims.load(data.claims)
    Vocabulary.of(named(data.examples, data.acts), claims.negates).save(folder / VOCABULARY)
    shutil.copyfile(data.claims, folder / CLAIMS)
    shutil.copyfile(REPLIES / "acts.toml", folder / ACTS)
    tones: dict[str, list[str]] = {}
    for each in data.examples:
        known = tones.setdefault(each.act, [])
        if each.tone not in known:
            known.append(each.tone)
    card = {"version": version, "examples": len(data.examples), "tones": tones}
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def acceptance(writer: ReplyWriter, examples: list[Example]) -> dict[str, float]:
    """How much of what ``writer`` writes for the examples' meanings passes the gate: by candidate and by reply."""
    written = writer.write([Request.of(each) for each in examples])
    candidates = sum(each.candidates for each in written)
    rejected = sum(sum(each.rejected.values()) for each in written)
    return {
        "accepted_candidates": round(1 - rejected / max(candidates, 1), 4),
        "fallback_share": round(sum(each.template is None for each in written) / max(len(written), 1), 4),
    }


def _refuse_worse(found: dict[str, float], champion, held_out: list[Example]) -> None:
    if champion is None or champion.card.get("accepted_candidates") is None:
        return
    try:
        writer = ReplyWriter.open(champion.directory)
    except (OSError, RuntimeError, ModelsError) as error:
        # As by files of an earlier release. A model that cannot be used is no reason to go without one.
        logger.warning("The reply model in use cannot be opened and is not compared with: %s", error)
        return
    now = acceptance(writer, held_out)["accepted_candidates"]
    if found["accepted_candidates"] < now - TOLERANCE:
        raise CommandError(
            f"Of what the new reply model writes the claim gate lets through {found['accepted_candidates']:.1%}, and "
            f"{now:.1%} of what the model in use writes. It was refused; the model in use stays. Look at the examples "
            "that were added last."
        )


def _progress(bar: tqdm):
    from models.reply.training import Progress  # noqa: PLC0415

    def show(step: int, of: int, loss: float) -> None:
        bar.total = of
        bar.set_postfix(loss=f"{loss:.3f}")
        bar.update(step - bar.n)

    return Progress(show, every=5)
