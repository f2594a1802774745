"""What each role of staff may do. Whether somebody sees customers' data is another question: see ``shop.staff``."""
from __future__ import annotations

from shop.errors import BadInput

ROLES = ("viewer", "agent", "reviewer", "trainer", "admin")
ROLE_NAMES = {
    "viewer": "Viewer", "agent": "Agent", "reviewer": "Reviewer", "trainer": "Trainer", "admin": "Administrator",
}
_EVERYBODY = frozenset(ROLES)

RIGHTS: dict[str, frozenset[str]] = {
    "transcripts.read": _EVERYBODY,
    "overview.read": _EVERYBODY,
    "takeover": frozenset({"agent", "admin"}),
    "review": frozenset({"agent", "reviewer", "trainer", "admin"}),
    "training": frozenset({"trainer", "admin"}),
    "export": frozenset({"reviewer", "trainer", "admin"}),
    "people": frozenset({"admin"}),
    "audit.read": frozenset({"admin"}),
}


def may(role: str, right: str) -> bool:
    """Whether ``role`` has ``right``; an unknown role has none. Raises KeyError for a right that is none of RIGHTS."""
    return role in RIGHTS[right]


def checked_role(role: str) -> str:
    """``role`` as it is. Raises BadInput where it is none of ROLES."""
    if role not in ROLES:
        raise BadInput("role", role, f"use one of {', '.join(ROLES)}.")
    return role
