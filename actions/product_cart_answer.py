"""The answer to "which size?": often a bare "42" or "navy", which no classifier can tell from other bare words."""

from __future__ import annotations

from typing import Any

from actions.base import ShopAction, Turn
from actions.patterns import AskAgain, TakeLooseValue
from actions.product_cart_add import AddToCart, names_a_form
from actions.questions import AnswerYesOrNo

OTHERWISE: dict[str, type[ShopAction]] = {
    "nlu_fallback": AskAgain, "inform": TakeLooseValue, "affirm": AnswerYesOrNo,
}  # fmt: skip


class AnswerCartQuestion(ShopAction):
    """Goes on with the basket where the message names a size or colour of the product; else as if nothing was open."""

    action_name = "action_answer_cart_question"

    def act(self, turn: Turn) -> list[dict[str, Any]]:
        if names_a_form(turn):
            return AddToCart().act(turn)
        return OTHERWISE.get(turn.intent or "", AskAgain)().act(turn)
