"""What shop systems call the things in which variants differ, and how those become colour, size and material."""
from __future__ import annotations

from collections.abc import Iterable

from commands.imports.values import attribute_name

WORDS = {
    "colour": ("color", "colour", "farbe", "couleur", "kleur", "colore", "cor", "shade"),
    "size": ("size", "grosse", "größe", "groesse", "taille", "maat", "taglia", "talla", "shoe size", "schuhgröße"),
    "material": ("material", "fabric", "stoff", "matière", "matiere", "materiale"),
}
_NAMES = {word: name for name, words in WORDS.items() for word in words}


def variant_fields(options: Iterable[tuple[str, str]]) -> dict[str, str]:
    """(name, value) of a variant's options -> its colour, size and material.

    What is none of them becomes the size, where there is none ("Capacity: 1.5 l"): so that variants stay apart.
    Keys "others": what found no place, name -> value.
    """
    found: dict[str, str] = {}
    others: dict[str, str] = {}
    for name, value in options:
        known = _NAMES.get(" ".join(name.casefold().removeprefix("pa_").split()))
        if known and known not in found:
            found[known] = value
        else:
            others[attribute_name(name)] = value
    if "size" not in found and others:
        found["size"] = " / ".join(others.values())
        others = {}
    return {**found, **({"others": others} if others else {})}


def option_of(name: str) -> str | None:
    """"colour", "size" or "material" where an attribute's name means that."""
    return _NAMES.get(" ".join(name.casefold().removeprefix("pa_").replace("_", " ").split()))
