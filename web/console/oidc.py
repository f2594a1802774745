"""Signing in with the company's own account: an OpenID Connect provider, by authorization code with PKCE.

The provider says who somebody is; what they may is the console's own to say. Everything here waits for the network,
so it runs in worker threads, and few at once.
"""
from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from web.errors import OidcRefused

SCOPE = "openid email profile"
TIMEOUT_S = 5.0
KEPT_S = 3600.0  # discovery and keys; an unknown key is looked for at once
KEYS_APART_S = 30.0  # but no more often than this, nor is a provider that is away asked again
AT_ONCE = 2  # sign-ins that wait for the provider; the other pages keep their threads
CLOCKS_APART_S = 60
SUBJECT_CHARS = 255
# Signatures by a key that the provider alone has. Never "none", and no HMAC, whose key we would have to share.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Attempt:
    """One sign-in on its way: what the answer has to fit. Kept in the browser's cookie meanwhile."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Identity:
    """Who the provider says it is. ``subject`` is issuer and subject in one; ``email`` is "" unless it is verified."""

    subject: str
    email: str


class Provider:
    """The provider of the settings. Safe from several threads."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer = issuer
        self._client_id, self._client_secret = client_id, client_secret
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._metadata: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._metadata_at = self._keys_at = self._failed_at = -KEPT_S

    def begin(self, redirect_uri: str) -> tuple[str, Attempt]:
        """The provider's page to lead the browser to, and what its answer will have to fit. Raises OidcRefused."""
        with self._turn():
            endpoint = self._discovered("authorization_endpoint")
        attempt = Attempt(*(secrets.token_urlsafe(32) for _ in range(3)))
        with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                endpoint, state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier
            )
        return url, attempt

    def finish(self, redirect_uri: str, attempt: Attempt, answer: dict[str, str]) -> Identity:
        """Who came back with ``answer``, the query of the redirect.

        Raises OidcRefused for whatever does not fit: state, issuer, code, signature, audience, time, nonce.
        """
        if not secrets.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise OidcRefused("the state is not the one that was sent")
        if answer.get("iss", self.issuer) != self.issuer:
            raise OidcRefused(f"the answer is of another issuer, {answer['iss'][:80]!r}")
        if not answer.get("code"):
            raise OidcRefused(f"the provider gave no code: {answer.get('error', 'no reason')[:80]!r}")
        with self._turn(), self._client(redirect_uri) as client:
            try:
                token = client.fetch_token(
                    self._discovered("token_endpoint"), grant_type="authorization_code", code=answer["code"],
                    redirect_uri=redirect_uri, code_verifier=attempt.verifier,
                )
                claims = self._claims(token, attempt.nonce)
                profile = claims if "email" in claims else self._profile(client, claims["sub"])
            except (OAuthError, httpx2.HTTPError, ValueError) as error:
                raise OidcRefused(f"the provider did not redeem the code ({type(error).__name__}: {error})") from error
        subject = f"{self.issuer} {claims['sub']}"
        if len(subject) > SUBJECT_CHARS:
            raise OidcRefused(f"issuer and subject have {len(subject)} characters, more than {SUBJECT_CHARS}")
        email = profile.get("email")
        verified = profile.get("email_verified") is True and isinstance(email, str)
        return Identity(subject, email.strip().lower() if verified else "")

    def _claims(self, token: dict[str, Any], nonce: str) -> CodeIDToken:
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise OidcRefused("the provider sent no id_token")
        try:
            try:
                decoded = jwt.decode(raw, self._provider_keys(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # perhaps by a key that is newer than ours
                decoded = jwt.decode(raw, self._provider_keys(fresh=True), algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims, decoded.header,
                {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self._client_id},
                 "nonce": {"essential": True}, "sub": {"essential": True}},
                {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")},
            )
            claims.validate(leeway=CLOCKS_APART_S)
        except (JoseError, ValueError) as error:
            raise OidcRefused(f"the id_token is not to be trusted ({type(error).__name__}: {error})") from error
        return claims

    def _profile(self, client: OAuth2Client, subject: str) -> dict[str, Any]:
        """What the provider tells beside the id_token; {} where it tells nothing. Raises OidcRefused for another's."""
        endpoint = self._discovered("userinfo_endpoint", required=False)
        if not endpoint:
            return {}
        answer = client.get(endpoint, timeout=TIMEOUT_S)
        profile = answer.json() if answer.status_code == 200 else {}
        if profile and profile.get("sub") != subject:
            raise OidcRefused("the provider's profile is somebody else's")
        return profile

    def _discovered(self, name: str, required: bool = True) -> str | None:
        """An address of the provider's metadata. Raises OidcRefused where it is missing or not safe."""
        with self._lock:
            now = time.monotonic()
            if self._metadata is None or now - self._metadata_at > KEPT_S:
                self._metadata = self._checked_metadata()
                self._metadata_at = now
            address = self._metadata.get(name)
        if address is None and not required:
            return None
        return _safe(address, name)

    def _checked_metadata(self) -> dict[str, Any]:
        metadata = self._fetch(f"{_safe(self.issuer, 'issuer').rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.issuer:
            raise OidcRefused(f"the provider calls itself {metadata.get('issuer')!r}, the setting says {self.issuer!r}")
        return metadata

    def _provider_keys(self, fresh: bool = False) -> KeySet:
        address = self._discovered("jwks_uri")
        with self._lock:
            now = time.monotonic()
            age_s = now - self._keys_at
            if self._keys is None or age_s > (KEYS_APART_S if fresh else KEPT_S):
                self._keys = KeySet.import_key_set(self._fetch(address))
                self._keys_at = now
            return self._keys

    def _fetch(self, address: str) -> dict[str, Any]:
        if time.monotonic() - self._failed_at < KEYS_APART_S:
            raise OidcRefused("the provider was away a moment ago; it is asked again soon")
        try:
            answer = httpx2.get(address, timeout=TIMEOUT_S, headers={"Accept": "application/json"})
            answer.raise_for_status()
            content = answer.json()
            if not isinstance(content, dict):
                raise ValueError("no object")
        except (httpx2.HTTPError, ValueError) as error:
            self._failed_at = time.monotonic()
            raise OidcRefused(f"{address} cannot be read ({type(error).__name__}: {error})") from error
        return content

    def _client(self, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            self._client_id, self._client_secret or None, scope=SCOPE, redirect_uri=redirect_uri, timeout=TIMEOUT_S,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
        )

    def _turn(self) -> _Turn:
        return _Turn(self._turns)


class _Turn:
    """One of AT_ONCE; who finds them taken is told so, instead of holding a page's thread."""

    def __init__(self, turns: threading.BoundedSemaphore) -> None:
        self._turns = turns

    def __enter__(self) -> None:
        if not self._turns.acquire(timeout=TIMEOUT_S / 5):
            raise OidcRefused("too many sign-ins wait for the provider")

    def __exit__(self, *_: object) -> None:
        self._turns.release()


def _safe(address: object, name: str) -> str:
    """An address over TLS, or on this machine. Raises OidcRefused for any other."""
    parts = urlsplit(address) if isinstance(address, str) else None
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise OidcRefused(f"the provider's {name} is {address!r}: it must begin with https://")
    return address

