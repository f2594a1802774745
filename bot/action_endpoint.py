"""The way to the action server: one that waits for it, and tells it the domain once.

Where the action server cannot be reached, Rasa logs the error, forgets the action's answer and goes on, so the
shopper would get no reply and the conversation a hole. This endpoint keeps the turn open and asks again until
the action server is back. Actions write under the message's id, so asking twice does nothing twice.

Rasa 3.6 sends the whole domain with each call, or never. The action server (rasa-sdk 3.21) keeps the domain and
wants its digest with each call; where it does not know that digest it answers 449 and is told the domain.
"""
from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import ClientResponseError, EndpointConfig, concat_url

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
DOMAIN_UNKNOWN = 449


class PatientEndpoint(EndpointConfig):
    """An EndpointConfig that keeps its connections open and outwaits a server that is away."""

    def __init__(self, *args: Any, domain: Domain, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.domain = domain
        self._digest = domain.fingerprint()
        self._client: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, endpoint: EndpointConfig, domain: Domain) -> PatientEndpoint:
        """The patient form of ``endpoint`` for actions of ``domain``; itself if it is that already."""
        if isinstance(endpoint, cls) and endpoint.domain is domain:
            return endpoint
        return cls(
            endpoint.url, endpoint.params, endpoint.headers, endpoint.basic_auth, endpoint.token, endpoint.token_name,
            endpoint.cafile, domain=domain, type=endpoint.type, **endpoint.kwargs,
        )

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any | None:
        """Send a request; returns the JSON answer, or None where the answer is not JSON.

        Raises ClientResponseError for a status of 400 and above: the server is there and refuses, which waiting
        does not cure. Cancelling the call ends the waiting.
        """
        headers = {**({"Content-Type": content_type} if content_type else {}), **kwargs.pop("headers", {})}
        params = self.combine_parameters(kwargs)
        body = {**(kwargs.pop("json", None) or {}), "domain_digest": self._digest}
        url = concat_url(self.url, subpath)
        attempts = 0
        while True:
            attempts += 1
            try:
                answer = await self._send(method, url, headers, params, compress, body, kwargs)
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, asyncio.TimeoutError) as error:
                if attempts == 1:
                    logger.warning("The action server at %s is away (%r). The turn waits for it.", self.url, error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            except ClientResponseError as error:
                if error.status != DOMAIN_UNKNOWN or "domain" in body:
                    raise
                body["domain"] = self.domain.as_dict()
                continue
            return answer

    async def _send(
        self, method: str, url: str, headers: dict, params: dict, compress: bool, body: dict, kwargs: dict[str, Any]
    ) -> Any | None:
        if self._client is None or self._client.closed:
            self._client = self.session()
        async with self._client.request(
            method, url, headers=headers, params=params, compress=compress, json=body, **kwargs
        ) as response:
            answer = await response.read()
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason, answer)
            return await response.json() if response.content_type == "application/json" else None
