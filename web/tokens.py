"""Signed tokens: who is at the other end of a socket or a cookie.

Signed by itsdangerous (HMAC-SHA256) with a secret of this installation; not encrypted, as they hold nothing
but ids. The session token (for the WebSocket) and the demo shop's cookie have different salts, so that
neither can be used as the other.
"""
from __future__ import annotations

import hashlib
import re
import time
import uuid
from dataclasses import dataclass

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from shop.secrets import secret
from web.errors import BadToken

COOKIE_NAME = "floorwalker_shop"
ANONYMOUS_MAX_AGE_S = 30 * 24 * 3600
CUSTOMER_MAX_AGE_S = 12 * 3600
MAX_TOKEN_CHARS = 512  # ours are about 150; anything longer is not worth a hash

_REMEDY = "get a new one from POST /api/session"
_SESSION_SALT = "floorwalker.session.1"
_COOKIE_SALT = "floorwalker.shop-cookie.1"
_VISITOR = re.compile(r"[0-9a-f]{32}")
_CUSTOMER = re.compile(r"C[0-9]{5,12}")


@dataclass(frozen=True)
class Identity:
    """Who speaks: a visitor (a browser), who may be signed in as a customer.

    ``expires_at`` is in seconds since the epoch, and no part of who somebody is.
    """

    visitor_id: str
    customer_id: str | None = None
    expires_at: float = 0.0


def new_visitor_id() -> str:
    """A visitor id that nobody has: 32 hex digits."""
    return uuid.uuid4().hex


def max_age_s(customer_id: str | None) -> int:
    """For how many seconds a token or cookie is good: 12 h for a customer, 30 days for a visitor."""
    return ANONYMOUS_MAX_AGE_S if customer_id is None else CUSTOMER_MAX_AGE_S


def issue(visitor_id: str, customer_id: str | None = None) -> str:
    """A session token. Raises ValueError where an id has not the form of one."""
    return _sign(_SESSION_SALT, visitor_id, customer_id)


def read(token: object) -> Identity:
    """The identity in a session token. Raises BadToken for anything that is not one of ours and fresh."""
    return _verify(_SESSION_SALT, token)


def issue_cookie(visitor_id: str, customer_id: str | None = None) -> str:
    """The value of the demo shop's cookie. Raises ValueError where an id has not the form of one."""
    return _sign(_COOKIE_SALT, visitor_id, customer_id)


def read_cookie(value: object) -> Identity:
    """The identity in the demo shop's cookie. Raises BadToken like ``read``."""
    return _verify(_COOKIE_SALT, value)


def _serializer(salt: str) -> URLSafeTimedSerializer:
    # The secret is read at every use: deleting var/secret.key revokes all tokens at once, without a restart.
    return URLSafeTimedSerializer(
        secret("session"), salt=salt,
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )


def _sign(salt: str, visitor_id: str, customer_id: str | None) -> str:
    if not _VISITOR.fullmatch(visitor_id):
        raise ValueError(f"visitor id {visitor_id!r} is not 32 hex digits; make one with new_visitor_id()")
    if customer_id is not None and not _CUSTOMER.fullmatch(customer_id):
        raise ValueError(f"customer id {customer_id!r} has not the form C00042")
    return _serializer(salt).dumps({"v": visitor_id, "c": customer_id})


def _verify(salt: str, token: object) -> Identity:
    if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_CHARS:
        raise BadToken(f"the token is not a text of 1 to {MAX_TOKEN_CHARS} characters; {_REMEDY}")
    try:
        facts, issued_at = _serializer(salt).loads(token, max_age=ANONYMOUS_MAX_AGE_S, return_timestamp=True)
    except SignatureExpired as error:
        raise BadToken(f"the token has expired; {_REMEDY}") from error
    except (BadData, UnicodeError) as error:
        raise BadToken(f"the token's signature does not match; {_REMEDY}") from error
    visitor_id, customer_id = facts["v"], facts["c"]
    expires_at = issued_at.timestamp() + max_age_s(customer_id)
    if time.time() > expires_at:  # a customer's token, whose age is shorter than the one checked above
        raise BadToken(f"the token has expired; {_REMEDY}")
    return Identity(visitor_id, customer_id, expires_at)
