"""Frames that break the protocol, forged identities, and text that is up to something."""
from __future__ import annotations

import json
import time
from types import SimpleNamespace

import itsdangerous.timed
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus

import shop.secrets
from shop import conversations
from web import tokens
from web.errors import BadFrame
from web.gateway import protocol
from web.gateway.cleaning import clean_text, typed_for_rasa

anyio = pytest.mark.anyio

ID = "abcdefgh"
WRONG = {
    "no json": ("hello", "bad_json"),
    "half a frame": ('{"type": "ping"', "bad_json"),
    "a list": ("[1, 2]", "bad_json"),
    "a number of ten thousand digits": ("1" * 10_000, "bad_json"),
    "brackets without end": ("[" * 16_000, "bad_json"),
    "no type": ({}, "unknown_type"),
    "an unknown type": ({"type": "drop_table"}, "unknown_type"),
    "a type that is a list": ({"type": ["ping"]}, "unknown_type"),
    "a second hello": ({"type": "hello", "token": "x"}, "bad_field"),
    "no id": ({"type": "message", "text": "hi"}, "bad_field"),
    "a short id": ({"type": "message", "id": "abc", "text": "hi"}, "bad_field"),
    "an id of quotes": ({"type": "message", "id": "'; DROP TABLE--", "text": "hi"}, "bad_field"),
    "no text": ({"type": "message", "id": ID}, "bad_field"),
    "a text that is a number": ({"type": "message", "id": ID, "text": 7}, "bad_field"),
    "an empty text": ({"type": "message", "id": ID, "text": " \n\t"}, "bad_field"),
    "a text of invisible characters": ({"type": "message", "id": ID, "text": "\u202e\u200b\x00"}, "bad_field"),
    "a text of 2001 characters": ({"type": "message", "id": ID, "text": "x" * 2001}, "bad_field"),
    "a frame of more than 16 kB": ({"type": "message", "id": ID, "text": "x" * 17_000}, "too_large"),
    "a choice without a button": ({"type": "choice", "id": ID, "seq": 1}, "bad_field"),
    "a choice of button true": ({"type": "choice", "id": ID, "seq": 1, "button": True}, "bad_field"),
    "a choice of button -1": ({"type": "choice", "id": ID, "seq": 1, "button": -1}, "bad_field"),
    "a choice of a huge seq": ({"type": "choice", "id": ID, "seq": 10**30, "button": 0}, "bad_field"),
    "feedback without a value": ({"type": "feedback", "seq": 1}, "bad_field"),
    "feedback of another value": ({"type": "feedback", "seq": 1, "value": "meh"}, "bad_field"),
    "feedback of a list": ({"type": "feedback", "seq": 1, "value": ["up"]}, "bad_field"),
    "a click on a path": ({"type": "click", "seq": 1, "product_id": "../etc"}, "bad_field"),
    "a page that is a text": ({"type": "page", "page": "cart"}, "bad_field"),
    "a page of a long text": ({"type": "page", "page": {"kind": "x" * 201}}, "bad_field"),
    "a page of objects": ({"type": "page", "page": {"kind": {"a": 1}}}, "bad_field"),
    "a page of many things": ({"type": "page", "page": {f"k{'a' * n}": "" for n in range(9)}}, "bad_field"),
    "reading up to a fraction": ({"type": "read", "seq": 1.5}, "bad_field"),
}


@anyio
@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_frame_gets_an_error_and_changes_nothing(web, rasa, case):
    frame, code = WRONG[case]
    async with web.tab() as tab:
        await tab.send(frame)
        error = await tab.until("error")
        assert error["code"] == code
        assert error["message"].endswith(".")
        assert len(error["message"]) < 300
        if isinstance(frame, dict) and frame.get("id") == ID and code != "too_large":
            assert error["id"] == ID
        answer = await tab.ask("Still there?")
        assert answer["seq"] == 2


@anyio
async def test_text_that_grows_over_the_limit_in_its_standard_form_is_refused_and_the_socket_stays(web):
    grows = "\u0958" * 1500  # one letter that Unicode writes as two
    async with web.tab() as tab:
        message_id = await tab.say(grows)
        error = await tab.until("error", id=message_id)
        assert error["code"] == "bad_field" and "3000" in error["message"]
        assert (await tab.ask("Still here?"))["text"] == "You said: Still here?"


@anyio
async def test_a_binary_frame_gets_an_error(web):
    async with web.tab() as tab:
        await tab.send(b'{"type": "ping"}')
        assert (await tab.until("error"))["code"] == "bad_json"
        await tab.settled()


@anyio
async def test_a_megabyte_closes_the_socket_unread(web):
    async with web.tab() as tab:
        await tab.send("x" * 1_100_000)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await tab.next()
    assert closed.value.rcvd.code == 1009


@anyio
async def test_nothing_can_be_said_before_hello(web):
    async with web.socket() as tab:
        await tab.say("Hi", ID)
        error = await tab.until("error")
        assert (error["code"], error["id"]) == ("bad_field", ID)


@anyio
@pytest.mark.parametrize("kind", ["none", "rubbish", "forged", "of another installation", "a cookie", "expired"])
async def test_a_token_that_is_not_ours_is_refused(web, kind, tmp_path, monkeypatch):
    token = token_of(kind, web, tmp_path, monkeypatch)
    async with web.socket() as tab:
        await tab.send({"type": "hello", "token": token})
        assert (await tab.until("error"))["code"] == "bad_token"
        with pytest.raises(ConnectionClosed) as closed:
            await tab.next()
    assert closed.value.rcvd.code == 4401


def token_of(kind, web, tmp_path, monkeypatch):
    if kind in ("none", "rubbish"):
        return {"none": "", "rubbish": "a.b.c"}[kind]
    if kind == "forged":
        token = web.session()["token"]
        return token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    folder = tmp_path if kind == "of another installation" else web.folder
    monkeypatch.setattr(shop.secrets, "settings", SimpleNamespace(var=folder))
    if kind == "expired":
        long_ago = SimpleNamespace(time=lambda: time.time() - 31 * 24 * 3600)
        monkeypatch.setattr(itsdangerous.timed, "time", long_ago)
    make = tokens.issue_cookie if kind == "a cookie" else tokens.issue
    return make(tokens.new_visitor_id())


@anyio
async def test_a_connection_ends_with_its_token(web, monkeypatch):
    monkeypatch.setattr(shop.secrets, "settings", SimpleNamespace(var=web.folder))
    nearly = SimpleNamespace(time=lambda: time.time() - 30 * 24 * 3600 + 2)
    with monkeypatch.context() as past:
        past.setattr(itsdangerous.timed, "time", nearly)
        token = tokens.issue(tokens.new_visitor_id())
    async with web.tab(token) as tab:
        with pytest.raises(ConnectionClosed) as closed:
            await tab.next()
    assert closed.value.rcvd.code == 4401


@anyio
async def test_a_customer_who_does_not_exist_gets_no_conversation(web, monkeypatch):
    monkeypatch.setattr(shop.secrets, "settings", SimpleNamespace(var=web.folder))
    async with web.socket() as tab:
        await tab.send({"type": "hello", "token": tokens.issue(tokens.new_visitor_id(), "C99999")})
        assert (await tab.until("error"))["code"] == "bad_token"


@anyio
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
async def test_another_sites_page_cannot_open_a_socket(web, origin):
    with pytest.raises(InvalidStatus) as refused:
        async with web.socket(origin=origin):
            pass
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["error"]["code"] == "bad_origin"


@anyio
async def test_the_shops_own_page_and_an_allowed_one_can_open_a_socket(stage):
    web, _ = stage(allowed_origins="https://shop.example,https://other.example")
    for origin in (web.url, "https://shop.example", "https://other.example"):
        async with web.socket(origin=origin) as tab:
            await tab.send({"type": "hello", "token": web.session()["token"]})
            await tab.until("welcome")


@anyio
@pytest.mark.parametrize("typed", [
    "/restart", "  //restart", '/cancel_order{"order_number": "104312"}', "\u200e/restart", "\u2060/restart",
])
async def test_a_shopper_cannot_type_an_intent(web, rasa, typed):
    async with web.tab() as tab:
        await tab.ask(typed)
        received = rasa.of(tab.conversation)[0]["message"]
        assert not received.lstrip().startswith("/")
        assert tab.messages()[0]["text"] == clean_text(typed)


@anyio
async def test_markup_and_sql_are_stored_as_the_text_they_are(web, rasa):
    typed = "<script>alert(1)</script> Robert'); DROP TABLE messages;-- {{7*7}} ${x} 🧣 שלום"
    async with web.tab() as tab:
        await tab.ask(typed)
        with web.database().session() as db:
            stored = conversations.message(db, tab.conversation, 1)
    assert stored.text == typed
    assert tab.messages()[0]["text"] == typed


@anyio
async def test_text_that_turns_other_text_around_is_stored_without_the_turn(web, rasa):
    async with web.tab() as tab:
        await tab.ask("refund \u202e00,5\u202c \u2066please\u2069\x07\ud800")
        assert tab.messages()[0]["text"] == "refund 00,5 please\ufffd"


@pytest.mark.parametrize("kept", [
    "👩‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿 ❤️", "שלום עולם", "مرحبا، كيف الحال؟", "می‌خواهم", "naïve café", "two\nlines", "日本語", "1 < 2 && a > b",
])
def test_what_people_write_is_kept(kept):
    assert clean_text(kept) == kept


@pytest.mark.parametrize("typed, stored", [
    ("a\x00b", "ab"), ("a\r\nb\rc\u2028d", "a\nb\nc\nd"), ("  x  ", "x"), ("a\n\n\n\n\nb", "a\n\nb"),
    ("cafe\u0301", "café"), ("hid\U000e0041\U000e0042den", "hidden"), ("\u202dabc\u202e", "abc"),
    ("\ufeffx\u200b", "x"),
])
def test_what_nobody_sees_is_removed(typed, stored):
    assert clean_text(typed) == stored


@given(st.text())
def test_cleaning_twice_changes_nothing_more_and_can_be_stored(text):
    cleaned = clean_text(text)
    cleaned.encode()
    assert clean_text(cleaned) == cleaned


@given(st.text(alphabet=st.sampled_from("/ \n\u200e\u200d{}\"ab")))
def test_typed_text_never_begins_like_an_intent(text):
    assert not typed_for_rasa(clean_text(text)).strip().startswith("/")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part, max_size=3),
)


@given(st.fixed_dictionaries(
    {"type": st.sampled_from([*protocol._FRAMES, "other"])},
    optional=dict.fromkeys(("id", "text", "seq", "button", "value", "page", "token", "after"), JSON),
))
def test_whatever_the_fields_hold_a_frame_is_parsed_or_refused(frame):
    try:
        protocol.parse(json.dumps(frame))
    except BadFrame as error:
        assert error.code in ("bad_json", "too_large", "unknown_type", "bad_field")
