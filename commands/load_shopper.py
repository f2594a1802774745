"""One shopper of ``floorwalker load``: says a sentence, waits for the reply, thinks, says the next one."""
from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from commands.load_accounting import Account, Sent, account
from commands.load_scripts import Talk
from web.errors import BadFrame, GatewayClosed
from web.gateway.client import GatewayClient

REREAD_TIMEOUT_S = 30.0


@dataclass
class Experience:
    """What a shopper lived through. Times are of ``time.monotonic``, in seconds."""

    sent: list[Sent] = field(default_factory=list)
    turns: list[tuple[float, float]] = field(default_factory=list)  # (time of the reply, milliseconds it took)
    errors: list[str] = field(default_factory=list)
    rate_limited: int = 0
    reconnects: int = 0
    base_seq: int = 0
    account: Account = field(default_factory=Account)


class Shopper:
    """``url``: the gateway's base address. ``token``: the shopper's own session."""

    def __init__(self, url: str, token: str, talk: Talk, think_s: float) -> None:
        self.experience = Experience()
        self._url = url
        self._token = token
        self._talk = talk
        self._think_s = think_s
        self._acks: dict[str, list[int]] = {}
        self._reply: tuple[int, asyncio.Event] | None = None  # to which message one is waited for
        self._answered: set[int] = set()

    async def talk(self, until: float, give_up_at: float) -> None:
        """Begin no sentence after ``until``, and wait for no reply after ``give_up_at``."""
        async with GatewayClient(self._url, self._token, on_frame=self._see) as client:
            listening = asyncio.create_task(self._listen(client))
            try:
                async with asyncio.timeout_at(_loop_time(give_up_at)):
                    self.experience.base_seq = (await client.connected())["seq"]
                    # Shoppers do not all begin in the same moment.
                    await asyncio.sleep(self._talk.pause_s(self._think_s) * 0.5)
                    await self._converse(client, until)
            except TimeoutError:
                # What was on its way is missing in the history, and counted there.
                if client.welcome is None:
                    self.experience.errors.append("no connection; is FLOORWALKER_ADDRESS_CONNECTIONS too low?")
            except GatewayClosed as error:
                self.experience.errors.append(f"the gateway closed the connection: {error}")
            finally:
                listening.cancel()
                self.experience.reconnects = max(0, client.reconnects)
        for each in self.experience.sent:
            each.acks = tuple(dict.fromkeys(self._acks.get(each.id, ())))

    async def _converse(self, client: GatewayClient, until: float) -> None:
        while time.monotonic() < until:
            for sentence in self._talk.next():
                if time.monotonic() >= until:
                    return
                await self._turn(client, sentence)
                await asyncio.sleep(self._talk.pause_s(self._think_s))

    async def _turn(self, client: GatewayClient, sentence: str) -> None:
        sent = Sent(uuid.uuid4().hex)
        self.experience.sent.append(sent)
        started = time.monotonic()
        try:
            seq = (await client.send(sentence, sent.id)).seq
        except BadFrame as error:
            sent.refused = True
            self.experience.errors.append(f"{error.code}: {error.message}")
            return
        if seq not in self._answered:
            self._reply = (seq, asyncio.Event())
            await self._reply[1].wait()
        answered = time.monotonic()
        self.experience.turns.append((answered, (answered - started) * 1000))

    async def _listen(self, client: GatewayClient) -> None:
        """Note which of the shopper's messages are answered."""
        async for frame in client.messages():
            seq = frame.get("in_reply_to")
            if seq is not None:
                self._answered.add(seq)
                if self._reply is not None and self._reply[0] == seq:
                    self._reply[1].set()

    def _see(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "ack":
            self._acks.setdefault(frame["id"], []).append(frame["seq"])
        elif frame["type"] == "error":
            if frame["code"] == "rate_limited":
                self.experience.rate_limited += 1
            elif "id" not in frame:  # those with an id are raised by ``send``
                self.experience.errors.append(f"{frame['code']}: {frame['message']}")

    async def reread(self) -> None:
        """Read the whole conversation anew and count what became of the messages."""
        history: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(REREAD_TIMEOUT_S), GatewayClient(self._url, self._token) as client:
                last_seq = (await client.connected())["seq"]
                if last_seq:
                    async for frame in client.messages():
                        history.append(frame)
                        if frame["seq"] >= last_seq:
                            break
        except (TimeoutError, GatewayClosed) as error:
            self.experience.errors.append(
                f"the conversation could not be read again ({type(error).__name__}); all of it counts as lost"
            )
        self.experience.account = account(self.experience.sent, history, self.experience.base_seq)


def _loop_time(moment: float) -> float:
    """A moment of ``time.monotonic`` on the clock of the running loop."""
    return asyncio.get_running_loop().time() + moment - time.monotonic()
