"""``doctor``: whether the three processes answer, and who could reach them."""
from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import httpx

from commands.doctor_check import FAIL, OK, WARN, Check
from shop.settings import settings

TIMEOUT_S = 3.0
LISTEN = "0A"  # the state, as /proc/net/tcp writes it


def process_checks() -> Iterator[Check]:
    """All down is a shop that is not running, which is no fault; some down is one."""
    host = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 - compared, not bound
    host = f"[{host}]" if ":" in host else host
    addresses = {
        "web": f"http://{host}:{settings.port}/health",
        "rasa": f"http://127.0.0.1:{settings.rasa_port}/",
        "actions": f"http://127.0.0.1:{settings.actions_port}/health",
    }
    troubles = {name: _trouble(address) for name, address in addresses.items()}
    running = [name for name, trouble in troubles.items() if trouble is None]
    for name, trouble in troubles.items():
        if trouble is None:
            yield Check(f"process.{name}", OK, f"{addresses[name]} answers.")
        elif running:
            yield Check(
                f"process.{name}", FAIL, f"{addresses[name]}: {trouble}.",
                f"`floorwalker run` starts it again and prints why it stopped, as `floorwalker serve {name}` does.",
            )
        else:
            yield Check(f"process.{name}", WARN, f"{addresses[name]}: {trouble}.", "Run `make run`.")
    for name, port in (("rasa", settings.rasa_port), ("actions", settings.actions_port)):
        yield loopback_check(f"ports.{name}", port, _tables())


def _trouble(address: str) -> str | None:
    """Why ``address`` is not well; None where it is."""
    try:
        answer = httpx.get(address, timeout=TIMEOUT_S, trust_env=False)  # no proxy knows this machine's ports
    except httpx.HTTPError as error:
        return f"no answer ({type(error).__name__})"
    return None if answer.is_success else f"it answers {answer.status_code}"


def loopback_check(check_id: str, port: int, tables: Iterable[str] | None) -> Check:
    """Whether whoever listens on ``port`` can be reached from this machine alone. ``tables``: as in /proc/net/tcp."""
    if tables is None:
        return Check(check_id, WARN, "This system does not tell who listens where.", f"Look at port {port} by hand.")
    addresses = [address for table in tables for address in listening(table, port)]
    open_to_others = [address for address in addresses if not _is_loopback(address)]
    if open_to_others:
        return Check(
            check_id, FAIL, f"Port {port} listens on {', '.join(map(str, open_to_others))}: others can reach it.",
            "Start it with `floorwalker serve`, which keeps it on 127.0.0.1, or close the port in the firewall.",
        )
    if not addresses:
        return Check(check_id, OK, f"Nobody listens on port {port}.")
    return Check(check_id, OK, f"Port {port} listens on {', '.join(map(str, addresses))} alone.")


def listening(table: str, port: int) -> list[IPv4Address | IPv6Address]:
    """Local addresses in the text of /proc/net/tcp or tcp6 on which somebody listens at ``port``."""
    found = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 4 or fields[3] != LISTEN:
            continue
        address, _, local_port = fields[1].partition(":")
        if int(local_port, 16) == port:
            found.append(_address(address))
    return found


def _address(digits: str) -> IPv4Address | IPv6Address:
    """An address as the kernel writes it: 32-bit words in the byte order of the machine."""
    words = [int(digits[start : start + 8], 16) for start in range(0, len(digits), 8)]
    packed = b"".join(socket.ntohl(word).to_bytes(4, "big") for word in words)
    return IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed)


def _is_loopback(address: IPv4Address | IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _tables() -> list[str] | None:
    tables = [path.read_text("ascii") for name in ("tcp", "tcp6") if (path := Path("/proc/net") / name).exists()]
    return tables or None
