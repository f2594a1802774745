"""The demo shop's product pictures, drawn as SVG from a product's kind, colour, material and number."""

from __future__ import annotations

from functools import lru_cache

from web.pictures.palette import COLOURS
from web.pictures.registry import KINDS, drawing_of
from web.pictures.sketch import Sketch
from web.pictures.texture import MATERIALS

__all__ = ["KINDS", "draw"]


def draw(kind: str, colour: str = "grey", material: str = "", seed: int = 0) -> str:
    """The picture of a product: a complete SVG document of 400 by 400 units, under 6 kB, the same every time.

    An unknown kind is drawn as a parcel, an unknown colour as grey, an unknown material as a plain surface;
    nothing of what is passed in is ever written into the picture. `seed` (any integer) varies the details.
    """
    known_kind = _known(kind, KINDS, "")
    return _drawn(known_kind, _known(colour, COLOURS, "grey"), _known(material, MATERIALS, ""), seed % 2**32)


def _known(word: str, words: frozenset[str] | dict[str, str], otherwise: str) -> str:
    word = word.strip().casefold()
    return word if word in words else otherwise


@lru_cache(maxsize=2048)  # about 10 MB when full: the pictures of one shop's pages
def _drawn(kind: str, colour: str, material: str, seed: int) -> str:
    sketch = Sketch(kind, colour, material, seed)
    return sketch.document(drawing_of(kind)(sketch))
