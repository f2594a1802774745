"""A source of replies that says what a test wrote down, in place of a model."""
from __future__ import annotations

from collections.abc import Callable, Sequence

from models.reply.errors import EndpointError
from models.reply.generation import Candidate

Line = str | tuple[str, float]


class Scripted:
    """Says the ``rounds`` one after the other, the same to every prompt, and the last one for ever.

    A round is a list of texts with numbered placeholders (or of texts with their scores), a dict of such lists by the
    act that is asked for, or an EndpointError to be raised. ``meanwhile`` is called while the model "writes".
    """

    def __init__(self, *rounds: list[Line] | dict[str, list[Line]] | EndpointError,
                 meanwhile: Callable[[], None] = lambda: None) -> None:
        self._rounds = list(rounds)
        self.meanwhile = meanwhile
        self.prompts: list[list[str]] = []

    def sample(self, prompts: Sequence[str], candidates: int, *, temperature: float) -> list[list[Candidate]]:
        said = self._rounds[min(len(self.prompts), len(self._rounds) - 1)]
        self.prompts.append(list(prompts))
        self.meanwhile()
        if isinstance(said, EndpointError):
            raise said
        return [
            [Candidate(*((line, -0.5) if isinstance(line, str) else line)) for line in _of(said, prompt)]
            for prompt in prompts
        ]


def _of(said: list[Line] | dict[str, list[Line]], prompt: str) -> list[Line]:
    return said.get(prompt.partition("(")[0], []) if isinstance(said, dict) else said
