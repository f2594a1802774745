"""The writer in use, asked the part of the reply examples that training never sees."""
from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from commands.errors import CommandError
from commands.evaluation.reply_figures import Said, held_out_figures
from models.registry import Registry
from models.reply.examples import Example, read_folder
from models.reply.requests import Request
from shop.settings import ROOT, settings

if TYPE_CHECKING:
    from models.reply.writer import ReplyWriter

REPLIES = ROOT / "data" / "replies"


def evaluate_held_out(seed: int) -> dict[str, Any]:
    """All figures of the reply model in use. Raises RegistryError where none is trained."""
    # Loaded only where something is written: CTranslate2 takes a second to import.
    from models.reply.writer import ReplyWriter  # noqa: PLC0415

    version = Registry(settings.var / "models").require("reply")
    _, examples, bad = read_folder(REPLIES)
    held_out = [each for each in examples if each.held_out]
    if not held_out:
        raise CommandError(f"No example of {REPLIES} is held out, so there is nothing to ask. Write more of them.")
    writer = ReplyWriter.open(version.directory)
    writer.chance.seed(seed)
    return {
        **held_out_figures(ask(writer, held_out)),
        "model": version.name,
        "examples": len(examples),
        "bad_rows": [str(each) for each in bad],
    }


def ask(writer: ReplyWriter, examples: Sequence[Example]) -> list[Said]:
    """Each example's request on its own, as a shopper's turn would make it."""
    said = []
    for each in tqdm(examples, desc="asking", disable=None, file=sys.stderr, leave=False):
        written = writer.write([Request.of(each)])[0]
        # What may be said anywhere, such as a name, need not be said.
        facts = frozenset(
            name for name in each.facts
            if name not in writer.acts.anywhere or written.template is None or f"{{{name}}}" in written.template
        )
        said.append(Said(facts, written.template, written.reason, written.rejected, written.ms))
    return said
