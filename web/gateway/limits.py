"""How much one shopper, one address or one connection may ask for: token buckets in memory.

In memory, as the web process is the only door. A restart fills every bucket again, which is harmless.
"""
from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from starlette.requests import HTTPConnection

# A bucket is some 100 bytes; at this many, the one that was longest unused is forgotten.
MAX_BUCKETS = 50_000


class RateLimit:
    """``burst`` at once, ``per_minute`` in the long run, for each key by itself."""

    def __init__(self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        if per_minute <= 0 or burst < 1:
            raise ValueError(f"a rate of {per_minute} a minute with a burst of {burst} lets nobody in")
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # key -> tokens, at (s)

    def wait_ms(self, key: Hashable) -> int:
        """How long ``key`` must wait for its next turn, in ms; 0 where it may now. Takes nothing."""
        tokens = self._filled(key)
        return 0 if tokens >= 1 else int((1 - tokens) / self._per_s * 1000) + 1

    def take(self, key: Hashable) -> int:
        """Take one turn of ``key``: 0 where it had one, else the wait in ms, and nothing is taken."""
        wait_ms = self.wait_ms(key)
        if wait_ms:
            return wait_ms
        self._buckets[key] = (self._filled(key) - 1, self._clock())
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return 0

    def _filled(self, key: Hashable) -> float:
        tokens, at = self._buckets.get(key, (float(self._burst), 0.0))
        return min(float(self._burst), tokens + (self._clock() - at) * self._per_s)


def take_all(*turns: tuple[RateLimit, Hashable]) -> int:
    """Take one turn of each, or of none: 0 where all had one, else the longest wait in ms.

    Of none, so that a shopper held back by a busy address does not also pay with the own budget.
    """
    wait_ms = max(limit.wait_ms(key) for limit, key in turns)
    if not wait_ms:
        for limit, key in turns:
            limit.take(key)
    return wait_ms


def address_of(connection: HTTPConnection) -> str:
    """The network address that a request or socket is counted under.

    Of IPv6 the first 64 bits: who has one such address has all of them.
    """
    host = connection.client.host if connection.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
