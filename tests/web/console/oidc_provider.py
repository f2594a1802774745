"""A small OpenID Connect provider on loopback: real HTTP, real RSA keys, and all the mistakes a real one can make."""
from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.web.gateway_stage import free_port, wait_until

CLIENT_ID, CLIENT_SECRET = "floorwalker-console", "a secret that both know"


class CompanyAccounts:
    """The provider. ``person`` is who signs in there; ``claims`` changes the id_token, ``sign`` how it is signed."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.person: dict[str, Any] = {"sub": "u-1", "email": "ivy@shop.test", "email_verified": True}
        self.claims: dict[str, Any] = {}
        self.sign = self.with_own_key
        self.profile: dict[str, Any] | None = None
        self.metadata: dict[str, Any] = {}
        self.asked: list[str] = []
        self._begun: dict[str, dict[str, str]] = {}  # code -> what the browser came with
        self.app = Starlette(routes=[
            Route("/.well-known/openid-configuration", self._metadata), Route("/keys", self._keys),
            Route("/authorize", self._authorize), Route("/token", self._token, methods=["POST"]),
            Route("/me", self._me),
        ])

    # ---- how a token is signed

    def with_own_key(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def with_foreign_key(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048, {"kid": "first"}))

    def unsigned(self, claims: dict[str, Any]) -> str:
        return ".".join([_base64({"alg": "none", "typ": "JWT"}), _base64(claims), ""])

    def with_public_key_as_secret(self, claims: dict[str, Any]) -> str:
        """The old trick: an HMAC by what everybody knows."""
        public = OctKey.import_key(self.key.as_pem(private=False))
        return jwt.encode({"alg": "HS256", "kid": "first"}, claims, public, algorithms=["HS256"])

    def with_client_secret(self, claims: dict[str, Any]) -> str:
        key = OctKey.import_key(CLIENT_SECRET)
        return jwt.encode({"alg": "HS256", "kid": "first"}, claims, key, algorithms=["HS256"])

    def changed_after_signing(self, claims: dict[str, Any]) -> str:
        head, _, signature = self.with_own_key(claims).split(".")
        return ".".join([head, _base64({**claims, "sub": "u-2"}), signature])

    def change_key(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    # ---- what it answers

    async def _metadata(self, request: Request) -> Response:
        self.asked.append("metadata")
        at = {name: f"{self.issuer}/{path}" for name, path in (
            ("authorization_endpoint", "authorize"), ("token_endpoint", "token"), ("jwks_uri", "keys"),
        )}
        if self.profile is not None:
            at["userinfo_endpoint"] = f"{self.issuer}/me"
        return JSONResponse({"issuer": self.issuer, **at, **self.metadata})

    async def _keys(self, request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        """Signs ``person`` in without asking, as somebody who is signed in at the company already."""
        given = dict(request.query_params)
        assert given["response_type"] == "code" and given["client_id"] == CLIENT_ID
        assert "openid" in given["scope"].split() and given["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._begun[code] = given
        answer = {"code": code, "state": given["state"], "iss": self.issuer}
        return RedirectResponse(f"{given['redirect_uri']}?{urlencode(answer)}", 303)

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") not in (f"Basic {expected}", f"Basic {plain}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        begun = self._begun.pop(form.get("code", ""), None)  # a code is good once
        if begun is None or begun["redirect_uri"] != form.get("redirect_uri"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != begun["code_challenge"]:
            return JSONResponse({"error": "invalid_grant", "error_description": "PKCE"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": begun["nonce"],
            **self.person, **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        token = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": self.sign(claims)}
        return JSONResponse(token)

    async def _me(self, request: Request) -> Response:
        assert request.headers["authorization"].startswith("Bearer ")
        return JSONResponse(self.profile)


@contextmanager
def serving(company: CompanyAccounts) -> Iterator[CompanyAccounts]:
    config = uvicorn.Config(company.app, host="127.0.0.1", port=company.port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, "the company's provider listens")
    yield company
    server.should_exit = server.force_exit = True
    thread.join()


def _base64(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
