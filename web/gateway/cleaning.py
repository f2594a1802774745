"""What people type, made harmless without changing what they said. Pure functions.

Removed are characters that are invisible or that change how the text around them is shown: controls, bidi
embeddings, overrides and isolates (they could turn a sentence of the shop around), zero-width spaces, hidden
tag characters. Kept are line breaks, joiners (emoji and Persian need them), directional marks and letters of
every script. Markup is text like any other: who draws it escapes it.
"""
from __future__ import annotations

import re
import unicodedata

MAX_TEXT_CHARS = 2000

_LINE_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029\v\f]")
_REMOVED = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 and C1 controls, except tab, line feed and the breaks handled above
    "\u200b\u2060-\u2064\ufeff\u00ad\u180e"  # zero-width space, invisible operators, soft hyphen
    "\u202a-\u202e\u2066-\u2069\u206a-\u206f"  # bidi embeddings, overrides, isolates; deprecated controls
    "\ufff9-\ufffb\ufffe\uffff"  # interlinear annotation, noncharacters
    "]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")  # JSON can smuggle halves of a pair in; no store takes them
# Tag characters spell the flags of England, Scotland and Wales after a black flag; elsewhere they hide text.
_HIDDEN_TAGS = re.compile(
    "(\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{1,8}\U000e007f)|[\U000e0000-\U000e007f]"
)
_MANY_BREAKS = re.compile("\n{3,}")
_INTENT_PREFIX = re.compile(r"^[\s/\u200c-\u200f\u061c\ufe00-\ufe0f]+")


def clean_text(text: str) -> str:
    """``text`` without what is invisible or turns other text around, trimmed; "" where nothing is left."""
    text = _LINE_BREAKS.sub("\n", without_half_pairs(text))
    text = _REMOVED.sub("", text)
    text = _HIDDEN_TAGS.sub(lambda found: found.group(1) or "", text)
    return unicodedata.normalize("NFC", _MANY_BREAKS.sub("\n\n", text)).strip()


def without_half_pairs(text: str) -> str:
    """``text`` with halves of surrogate pairs replaced, as no frame and no store can hold them."""
    return _SURROGATES.sub("\ufffd", text)


def clean_line(text: str, max_chars: int) -> str:
    """Like ``clean_text``, on one line and cut to ``max_chars`` characters."""
    return " ".join(clean_text(text).split())[:max_chars]


def typed_for_rasa(text: str) -> str:
    """The text as Rasa gets it: never beginning with "/", which Rasa would take as an intent payload.

    Text of slashes alone becomes "?", as there is nothing else to understand and Rasa wants some text.
    """
    return _INTENT_PREFIX.sub("", text) or "?"
