"""A large model behind an OpenAI-compatible server (vLLM): asked by URL, with a time-out, never waited for twice."""
from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from models.reply.errors import EndpointError
from models.reply.generation import MOST_TOKENS, Candidate
from models.reply.meaning import END

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 3.0
REST_SECONDS = 30.0  # after a failure the server is left alone: every turn would wait for the time-out else
ANSWER_BYTES = 1 << 20


class Endpoint:
    """Samples from ``<url>/v1/completions``. ``key`` is sent as a bearer token where there is one."""

    def __init__(self, url: str, model: str, key: str = "", timeout_seconds: float = PATIENCE_SECONDS,
                 transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=timeout_seconds,
                                    transport=transport)
        self._model, self._url, self._timeout_seconds = model, url, timeout_seconds
        self._resting_until = 0.0
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="endpoint")

    def sample(
        self, prompts: Sequence[str], candidates: int, *, temperature: float = 0.8, top_p: float = 0.95,
        most_tokens: int = MOST_TOKENS,
    ) -> list[list[Candidate]]:
        """For each prompt so many candidates. Raises EndpointError; after one, for a while at once."""
        if time.monotonic() < self._resting_until:
            raise EndpointError(f"{self._url} failed a moment ago and is left alone for {REST_SECONDS:.0f} s.", True)
        asked = {
            "model": self._model, "n": candidates, "temperature": temperature, "top_p": top_p,
            "max_tokens": most_tokens, "stop": [END], "logprobs": 1, "skip_special_tokens": False,
        }
        try:
            return list(self._threads.map(lambda prompt: self._one({**asked, "prompt": prompt}), prompts))
        except EndpointError:
            self._resting_until = time.monotonic() + REST_SECONDS
            raise

    def close(self) -> None:
        """Let go of connections and threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _one(self, asked: dict[str, Any]) -> list[Candidate]:
        try:
            status, body = self._read(asked)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EndpointError(f"{self._url} does not answer: {type(error).__name__} {error}", True) from error
        if status != httpx.codes.OK:
            told = body[:200].decode("utf-8", "replace")
            raise EndpointError(f"{self._url} answered {status}: {told}", status >= httpx.codes.INTERNAL_SERVER_ERROR)
        try:
            choices = json.loads(body)["choices"]
            return [Candidate(str(each["text"]).replace(END, "").strip(), _score(each)) for each in choices]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise EndpointError(f"{self._url} answered something else than completions: {error!r}", False) from error

    def _read(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        """Status and body. What is too large is not read, and a server that dribbles is not listened to for longer."""
        until = time.monotonic() + self._timeout_seconds
        body = b""
        with self._client.stream("POST", "/v1/completions", json=asked) as answer:
            for part in answer.iter_bytes():
                body += part
                if len(body) > ANSWER_BYTES:
                    raise EndpointError(f"{self._url} answered more than {ANSWER_BYTES} bytes.", False)
                if time.monotonic() > until:
                    raise EndpointError(f"{self._url} took more than {self._timeout_seconds} s to answer.", True)
        return answer.status_code, body


def _score(choice: dict[str, Any]) -> float:
    """Mean log-probability of the choice's tokens; 0 where the server does not tell."""
    told = [each for each in (choice.get("logprobs") or {}).get("token_logprobs") or [] if each is not None]
    score = sum(told) / len(told) if told else 0.0
    return score if math.isfinite(score) else 0.0
