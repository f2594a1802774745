"""``floorwalker chat``: talk to the running bot in the terminal, through the same gateway as the widget."""
from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import threading
import uuid
from collections.abc import Coroutine
from typing import Any

from commands.chat_rendering import button_titles, message_lines
from commands.errors import CommandError
from commands.gateway_address import base_url, session_token
from web.errors import BadFrame, GatewayClosed
from web.gateway.client import GatewayClient

EARLIER = 6  # messages of an earlier conversation that are shown again
CONNECT_TIMEOUT_S = 10.0
REPLY_TIMEOUT_S = 60.0
# The messages of one reply leave the gateway together; after this much silence there is none more.
REPLY_PAUSE_S = 0.3
PROMPT = "> "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customer", metavar="ID", help="talk as this customer (as a new visitor)")
    parser.add_argument("--url", metavar="URL", help="the gateway (the one of the settings)")
    parser.add_argument("--once", metavar="TEXT", help="say this, print the reply and leave")


def run(arguments: argparse.Namespace) -> int:
    """1 where a single message got no reply in time."""
    logging.getLogger("web.gateway.client").setLevel(logging.WARNING)  # it would log over the prompt
    try:
        return asyncio.run(_chat(arguments))
    except GatewayClosed as error:
        raise CommandError(f"The gateway ended the conversation: {error}. Start `floorwalker chat` again.") from error


async def _chat(arguments: argparse.Namespace) -> int:
    base = base_url(arguments.url)
    token = await session_token(base, arguments.customer)
    conversation = Conversation(quiet=arguments.once is not None)
    async with GatewayClient(base, token, on_frame=conversation.see) as client:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                welcome = await client.connected()
        except TimeoutError as error:
            raise CommandError(f"{base} opens no conversation within {CONNECT_TIMEOUT_S:.0f} s.") from error
        if arguments.once is not None:
            return await _once(client, arguments.once)
        return await _talk(client, conversation, welcome)


async def _once(client: GatewayClient, text: str) -> int:
    try:
        async with asyncio.timeout(REPLY_TIMEOUT_S):
            seq = (await client.send(text)).seq
            reply = await _next_reply(client, seq)
    except BadFrame as error:
        raise CommandError(f"The gateway refuses the text: {error.message}") from error
    except TimeoutError:
        late = f"floorwalker chat: no reply within {REPLY_TIMEOUT_S:.0f} s; `floorwalker doctor` says why."
        print(late, file=sys.stderr)
        return 1
    for message in reply:
        print("\n".join(message_lines(message)))
    return 0


async def _next_reply(client: GatewayClient, seq: int) -> list[dict[str, Any]]:
    """All messages that answer message ``seq``."""
    reply: list[dict[str, Any]] = []
    messages = client.messages()
    while True:
        following = asyncio.ensure_future(anext(messages))
        try:
            await asyncio.wait({following}, timeout=REPLY_PAUSE_S if reply else None)
        finally:  # also where nobody waits for the reply any longer
            if not following.done():
                following.cancel()
        if not following.done():
            return reply
        message = following.result()
        if message.get("in_reply_to") == seq:
            reply.append(message)


class Conversation:
    """What is on the screen: above all the buttons that a number means now."""

    def __init__(self, quiet: bool) -> None:
        self.connected = False
        self.buttons: tuple[int, int] | None = None  # (seq of the message that shows them, how many)
        self._buttons_of: int | None = None  # seq of the message that they answer
        self._quiet = quiet

    def see(self, frame: dict[str, Any]) -> None:
        """Frames that are no messages: notices, and that the connection is there again."""
        if self._quiet:
            return
        if frame["type"] == "welcome":
            if self.connected:
                self.print(["(connected again)"])
            self.connected = True
        elif frame["type"] == "notice":
            self.print([f"({frame['text']})"])

    def show(self, message: dict[str, Any]) -> None:
        """Print a message; its buttons are the ones that a number means from now on."""
        if message["sender"] != "shopper":
            buttons, reply = message.get("buttons"), message.get("in_reply_to")
            if buttons:
                self.buttons, self._buttons_of = (message["seq"], len(buttons)), reply
            elif reply is None or reply != self._buttons_of:  # a later part of the same reply keeps them
                self.buttons = None
        self.print(message_lines(message))

    def print(self, lines: list[str]) -> None:
        # The prompt that stands there is overwritten and written again below.
        print("\r" + "".join(f"{line}\n" for line in lines) + PROMPT, end="", flush=True)

    def chosen(self, typed: str) -> tuple[int, int] | None:
        """(seq, button from 0) where ``typed`` is the number of a button on the screen, else None."""
        if self.buttons is None or not typed.isdecimal() or not 1 <= int(typed) <= self.buttons[1]:
            return None
        return self.buttons[0], int(typed) - 1


async def _talk(client: GatewayClient, conversation: Conversation, welcome: dict[str, Any]) -> int:
    """Until the end of input. The end of an earlier conversation is shown again. Raises GatewayClosed."""
    who = f"as {welcome['customer']['first_name']}" if welcome["customer"] else "as a visitor"
    print(f"Connected to {welcome['shop']['name']} {who}. A number presses that button (\\2 says 2). Ctrl-D leaves.")
    if welcome["seq"] == 0:
        greeting = welcome["greeting"]
        conversation.buttons = (0, len(greeting["buttons"]))
        conversation.print([f"bot: {greeting['text']}", "     " + "   ".join(button_titles(greeting["buttons"]))])
    sent: set[str] = set()  # what was typed here stands on the screen already

    async def listen() -> None:
        async for message in client.messages():
            if message["seq"] > welcome["seq"] - EARLIER and message.get("id") not in sent:
                conversation.show(message)

    listening = asyncio.create_task(listen())
    typed = _typed_lines()
    try:
        while (line := await _or_closed(typed.get(), listening)) is not None:
            text, message_id = line.strip(), uuid.uuid4().hex
            sent.add(message_id)
            choice = conversation.chosen(text)
            try:
                if choice is not None:
                    await client.choose(*choice, message_id)
                elif text:
                    await client.send(text.removeprefix("\\"), message_id)
                else:
                    conversation.print([])
            except BadFrame as error:
                conversation.print([f"(not sent: {error.message})"])
    finally:
        listening.cancel()
    print()
    return 0


async def _or_closed(waiting: Coroutine[Any, Any, str | None], listening: asyncio.Task[None]) -> str | None:
    """What ``waiting`` gives. Raises what ended ``listening``, where that ends first."""
    task = asyncio.ensure_future(waiting)
    await asyncio.wait({task, listening}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        listening.result()
    return await task


def _typed_lines() -> asyncio.Queue[str | None]:
    """A queue of what is typed, None at the end of input."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, None)

    # A daemon, as nothing can end a thread that waits for the keyboard.
    threading.Thread(target=read, daemon=True).start()
    return lines
