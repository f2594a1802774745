"""A model behind an OpenAI-compatible server: a stub on loopback stands for vLLM, in all its moods."""
from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from models.reply import endpoint
from models.reply.endpoint import ANSWER_BYTES, Endpoint
from models.reply.errors import EndpointError
from models.reply.meaning import END

PROMPT = "thank(tone=neutral)<say>"


def completions(*texts: str, **more) -> dict:
    return {"choices": [{"index": place, "text": text, **more} for place, text in enumerate(texts)]}


class Stub(ThreadingHTTPServer):
    """Answers each request with what ``answer`` makes of it: (status, bytes), or None to keep silent until the end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict] = []
        self.headers: list[dict] = []
        self.answer = lambda asked: (200, completions("With pleasure."))
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)
        self.server.asked.append(asked | {"path": self.path})
        self.server.headers.append(dict(self.headers))
        found = self.server.answer(asked)
        if found is None:
            self.server.over.wait(20)
            return
        status, answer = found
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever asked has had enough
            self.wfile.write(data)

    def log_message(self, *_args) -> None:
        pass


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ask(stub):
    """Ask the stub; each time somebody new, who remembers no failure."""
    opened = []

    def one(prompts=(PROMPT,), candidates=2, **options):
        opened.append(Endpoint(stub.url, "large", timeout_seconds=options.pop("timeout_seconds", 5), **options))
        return opened[-1].sample(prompts, candidates, temperature=0.7)

    yield one
    for each in opened:
        each.close()


def test_texts_come_back_with_the_mean_of_their_tokens_scores(stub, ask):
    scored = completions(f" With pleasure.{END}", "You are welcome.\n", logprobs={"token_logprobs": [None, -1, -2.0]})
    stub.answer = lambda asked: (200, scored)
    [[first, second]] = ask()
    assert (first.text, second.text) == ("With pleasure.", "You are welcome.")
    assert first.score == second.score == pytest.approx(-1.5)


def test_the_server_is_asked_for_what_is_wanted(stub, ask):
    ask(candidates=3, key="s3cret")
    [asked], [headers] = stub.asked, stub.headers
    assert asked["path"] == "/v1/completions"
    assert (asked["prompt"], asked["n"], asked["model"], asked["stop"]) == (PROMPT, 3, "large", [END])
    assert asked["temperature"] == 0.7 and 0 < asked["max_tokens"] < 500 and not asked["skip_special_tokens"]
    assert headers["Authorization"] == "Bearer s3cret"


def test_without_a_key_none_is_sent(stub, ask):
    ask()
    assert "Authorization" not in stub.headers[0]


def test_a_url_may_end_with_a_slash(stub):
    asked = Endpoint(f"{stub.url}/", "large")
    asked.sample([PROMPT], 1)
    asked.close()
    assert stub.asked[0]["path"] == "/v1/completions"


def test_several_prompts_are_asked_at_once_and_answered_in_their_places(stub, ask):
    together = threading.Barrier(3)

    def answer(asked):
        together.wait(10)  # breaks where one waits for another's answer
        return 200, completions(asked["prompt"].upper())

    stub.answer = answer
    found = ask(["one", "two", "three"], 1, timeout_seconds=10)
    assert [each[0].text for each in found] == ["ONE", "TWO", "THREE"]


@pytest.mark.parametrize("scores", [None, {}, {"token_logprobs": None}, {"token_logprobs": []},
                                    {"token_logprobs": [float("nan")]}, {"token_logprobs": [float("-inf")]}])
def test_a_server_that_tells_no_scores_is_understood_too(stub, ask, scores):
    stub.answer = lambda asked: (200, completions("With pleasure.", logprobs=scores))
    assert ask()[0][0].score == 0.0


@pytest.mark.parametrize(("status", "retry"), [(500, True), (503, True), (401, False), (404, False), (302, False)])
def test_another_status_is_an_error_that_says_whether_to_try_again(stub, ask, status, retry):
    stub.answer = lambda asked: (status, b"no such model: large")
    with pytest.raises(EndpointError, match=f"{stub.url} answered {status}: no such model") as raised:
        ask()
    assert raised.value.retry is retry


@pytest.mark.parametrize("garbage", [
    b"", b"<html>", b"\xff\xfe\x00", b"[]", b"null", b"7", b'"choices"', b'{"choices": null}', b'{"choices": 3}',
    b'{"choices": [null]}', b'{"choices": [{"index": 0}]}', b'{"choices": ["text"]}', b"[" * 100_000,
    b'{"choices": [{"text": "a", "logprobs": [1]}]}',
    b'{"choices": [{"text": "a", "logprobs": {"token_logprobs": ["b"]}}]}',
    b'{"error": "out of memory"}',
])
def test_garbage_is_an_error_and_nothing_else(stub, ask, garbage):
    stub.answer = lambda asked: (200, garbage)
    with pytest.raises(EndpointError, match="something else than completions") as raised:
        ask()
    assert not raised.value.retry


def test_an_answer_that_is_too_large_is_not_read_to_its_end(stub, ask):
    stub.answer = lambda asked: (200, b" " * (ANSWER_BYTES * 40))
    with pytest.raises(EndpointError, match=f"more than {ANSWER_BYTES} bytes"):
        ask()
    stub.answer = lambda asked: (200, json.dumps(completions("Yes.")).encode() + b" " * (ANSWER_BYTES // 2))
    assert ask()[0][0].text == "Yes."


def test_a_server_that_keeps_silent_is_not_waited_for(stub, ask):
    stub.answer = lambda asked: None
    started = time.monotonic()
    with pytest.raises(EndpointError, match="does not answer: ReadTimeout") as raised:
        ask(timeout_seconds=0.2)
    assert raised.value.retry and time.monotonic() - started < 3


def test_a_server_that_dribbles_is_not_listened_to_for_ever(stub, ask, monkeypatch):
    def dribble(handler):
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while not stub.over.wait(0.02):
                handler.wfile.write(b" ")

    monkeypatch.setattr(Handler, "do_POST", dribble)
    with pytest.raises(EndpointError, match=r"took more than 0\.3 s"):
        ask(timeout_seconds=0.3)


def test_nobody_there_is_an_error(stub):
    nobody = Endpoint("http://127.0.0.1:1", "large")
    with pytest.raises(EndpointError, match="does not answer: ConnectError"):
        nobody.sample([PROMPT], 1)
    nobody.close()


def test_after_a_failure_the_server_is_left_alone_for_a_while(stub, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(endpoint.time, "monotonic", lambda: now[0])
    asked = Endpoint(stub.url, "large")
    stub.answer = lambda request: (500, b"busy")
    with pytest.raises(EndpointError, match="answered 500"):
        asked.sample([PROMPT], 1)
    stub.answer = lambda request: (200, completions("With pleasure."))
    with pytest.raises(EndpointError, match="left alone"):
        asked.sample([PROMPT], 1)
    assert len(stub.asked) == 1
    now[0] += endpoint.REST_SECONDS + 1
    assert asked.sample([PROMPT], 1)[0][0].text == "With pleasure."
    asked.close()
