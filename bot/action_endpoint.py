"""The way to the action server: one that waits for it.

Where the action server cannot be reached, Rasa logs the error, forgets the action's answer and goes on, so the
shopper would get no reply and the conversation a hole. This endpoint keeps the turn open and asks again until
the action server is back. Actions write under the message's id, so asking twice does nothing twice.
"""
from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig, concat_url

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5


class PatientEndpoint(EndpointConfig):
    """An EndpointConfig that keeps its connections open and outwaits a server that is away."""

    _client: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, endpoint: EndpointConfig) -> PatientEndpoint:
        """The patient form of ``endpoint``; itself if it is one already."""
        if isinstance(endpoint, cls):
            return endpoint
        return cls(
            endpoint.url, endpoint.params, endpoint.headers, endpoint.basic_auth, endpoint.token, endpoint.token_name,
            endpoint.cafile, type=endpoint.type, **endpoint.kwargs,
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
        attempts = 0
        while True:
            try:
                answer = await self._send(method, concat_url(self.url, subpath), headers, params, compress, kwargs)
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
                attempts += 1
                if attempts == 1:
                    logger.warning("The action server at %s is away (%s). The turn waits for it.", self.url, error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if attempts:
                logger.warning("The action server at %s answered after %d tries.", self.url, attempts + 1)
            return answer

    async def _send(
        self, method: str, url: str, headers: dict, params: dict, compress: bool, kwargs: dict[str, Any]
    ) -> Any | None:
        if self._client is None or self._client.closed:
            self._client = self.session()
        async with self._client.request(
            method, url, headers=headers, params=params, compress=compress, **kwargs
        ) as response:
            body = await response.read()
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason, body)
            return await response.json() if response.content_type == "application/json" else None
