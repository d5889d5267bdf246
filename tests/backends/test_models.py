"""Language models: an endpoint of any dialect is spoken to in its own, fails in words, and a script replays what was recorded."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from remanence.backends.models import openai_compatible
from remanence.backends.models.openai_compatible import OpenAICompatible
from remanence.backends.models.scripted import Recording, Scripted
from remanence.backends.registry import resolve_model
from remanence.errors import BackendFailed, BadInput
from remanence.ports import Ask, Message, Reply

KEY = "sk-very-secret"
SCHEMA = {"type": "object", "properties": {"claims": {"type": "array"}}}
ASK = Ask((Message("system", "Read."), Message("user", "I live in Porto \ud83d.")), SCHEMA, max_tokens=99)


# An OpenAI-compatible endpoint


def test_the_request_carries_messages_limit_schema_and_key() -> None:
    with serving() as server:
        reply = OpenAICompatible("toy", base_url=server.url, key=KEY, extra={"seed": 7}).reply(ASK)
    [request] = server.requests
    assert request == {
        "model": "toy",
        "messages": [{"role": "system", "content": "Read."}, {"role": "user", "content": "I live in Porto \ufffd."}],
        "max_tokens": 99,
        "temperature": 0,
        "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA}},
        "seed": 7,
    }
    assert server.keys == [f"Bearer {KEY}"]
    assert (reply.text, reply.tokens_in, reply.tokens_out) == ("hello", 11, 2)
    assert reply.seconds > 0


def test_without_a_key_none_is_sent_and_without_a_schema_no_form_is_asked_for() -> None:
    with serving() as server:
        OpenAICompatible("toy", base_url=server.url).reply(Ask((Message("user", "hi"),)))
    assert server.keys == [None]
    assert "response_format" not in server.requests[0]


def test_an_endpoint_without_schemas_is_asked_for_json_and_then_for_text_and_that_is_remembered() -> None:
    with serving(knows(forms=())) as server:
        model = OpenAICompatible("toy", base_url=server.url, sleep=never)
        assert model.reply(ASK).text == model.reply(ASK).text == "hello"
    assert [form(request) for request in server.requests] == ["json_schema", "json_object", None, None]


def test_an_endpoint_with_json_mode_only_is_asked_for_json() -> None:
    with serving(knows(forms=("json_object",))) as server:
        OpenAICompatible("toy", base_url=server.url, sleep=never).reply(ASK)
    assert [form(request) for request in server.requests] == ["json_schema", "json_object"]


def test_a_server_that_falls_over_the_schema_is_asked_without_before_it_is_asked_again() -> None:
    with serving(status(500, "failed to parse grammar"), answered) as server:
        assert OpenAICompatible("toy", base_url=server.url, sleep=never).reply(ASK).text == "hello"
    assert [form(request) for request in server.requests] == ["json_schema", "json_object"]


def test_an_endpoint_that_refuses_a_temperature_or_the_old_token_limit_is_asked_without() -> None:
    with serving(modern) as server:
        model = OpenAICompatible("toy", base_url=server.url, sleep=never)
        model.reply(ASK)
        model.reply(ASK)
    assert len(server.requests) == 4
    assert server.requests[-1]["max_completion_tokens"] == 99
    assert not {"temperature", "max_tokens"} & set(server.requests[-1])
    assert form(server.requests[-1]) == "json_schema"


def test_a_request_refused_in_every_form_is_an_error_and_the_forms_are_not_given_up_for_it() -> None:
    answers = [status(400, "context too long")] * 3
    with serving(*answers, answered) as server:
        model = OpenAICompatible("toy", base_url=server.url, sleep=never)
        with pytest.raises(BackendFailed, match="400: context too long"):
            model.reply(ASK)
        model.reply(ASK)
    assert form(server.requests[-1]) == "json_schema"


def test_a_wrong_key_is_reported_once_and_never_repeated(caplog: pytest.LogCaptureFixture) -> None:
    with serving(status(401, f"no such key: {KEY}")) as server, caplog.at_level(logging.DEBUG):
        model = OpenAICompatible("toy", base_url=server.url, key=KEY, sleep=never)
        with pytest.raises(BackendFailed, match="401") as failure:
            model.reply(ASK)
    assert len(server.requests) == 1
    assert KEY not in f"{failure.value} {model!r} {caplog.text}"


def test_a_busy_endpoint_is_asked_again_after_the_time_it_names() -> None:
    waits: list[float] = []
    with serving(status(429, "busy", {"Retry-After": "7"}), status(503, "down"), answered) as server:
        assert OpenAICompatible("toy", base_url=server.url, sleep=waits.append).reply(ASK).text == "hello"
    assert waits == [7.0, 1.0]


def test_an_endpoint_that_stays_busy_is_given_up() -> None:
    waits: list[float] = []
    with serving(status(429, "busy")) as server, pytest.raises(BackendFailed, match="429: busy"):
        OpenAICompatible("toy", base_url=server.url, retries=2, sleep=waits.append).reply(ASK)
    assert waits == [0.5, 1.0]


def test_no_attempt_goes_beyond_the_seconds_of_an_ask() -> None:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    with serving(status(429, "busy", {"Retry-After": "20"})) as server:
        model = OpenAICompatible("toy", base_url=server.url, sleep=sleep, timer=lambda: clock[0])
        with pytest.raises(BackendFailed, match="time that was left"):
            model.reply(Ask(ASK.messages, seconds=30.0))
    assert clock == [30.0]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "body",
    ['{"choices": [', "[]", '{"choices": []}', '{"error": "no"}', '{"choices": [{"message": null}]}', '{"choices": [{"text": "hello"}]}'],
)
def test_an_answer_that_is_no_chat_completion_is_an_error(body: str) -> None:
    with serving(status(200, body)) as server, pytest.raises(BackendFailed, match="not a chat completion"):
        OpenAICompatible("toy", base_url=server.url, sleep=never).reply(ASK)


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, ""), ([{"type": "text", "text": "hel"}, {"type": "text", "text": "lo"}], "hello"), ("hello", "hello"), (7, "")],
)
def test_content_of_every_shape_becomes_text(content: Any, text: str) -> None:
    body = json.dumps({"choices": [{"message": {"content": content}}], "usage": None})
    with serving(status(200, body)) as server:
        reply = OpenAICompatible("toy", base_url=server.url).reply(ASK)
    assert (reply.text, reply.tokens_in) == (text, 0)


def test_an_endpoint_that_hangs_is_given_up_after_the_timeout() -> None:
    released = threading.Event()
    try:
        with serving(hangs_until(released)) as server:
            model = OpenAICompatible("toy", base_url=server.url, timeout=0.05, retries=1, sleep=ignore)
            with pytest.raises(BackendFailed, match="did not answer"):
                model.reply(ASK)
            released.set()
    finally:
        released.set()


def test_an_endpoint_that_is_not_there_is_an_error_that_names_it() -> None:
    with serving() as server:
        url = server.url
    with pytest.raises(BackendFailed, match=url):
        OpenAICompatible("toy", base_url=url, retries=0).reply(ASK)


def test_httpx2_absent_is_reported_with_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_compatible, "find_spec", lambda _: None)
    with pytest.raises(BackendFailed, match="pip install httpx2"):
        OpenAICompatible("toy")


def test_importing_the_models_loads_no_client() -> None:
    code = (
        "import sys; from remanence.backends.models import openai_compatible, scripted; "
        "print({'httpx2', 'numpy.linalg', 'torch', 'onnxruntime'} & set(sys.modules) - {'numpy.linalg'})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


# Scripts


def test_a_script_says_its_lines_in_order_and_then_fails() -> None:
    model = Scripted(["a", Reply("b", 1, 2, 3.0), BackendFailed("down"), lambda ask: ask.messages[0].content])
    assert model.reply(ASK) == Reply("a")
    assert model.reply(ASK) == Reply("b", 1, 2, 3.0)
    with pytest.raises(BackendFailed, match="down"):
        model.reply(ASK)
    assert model.reply(ASK).text == "Read."
    with pytest.raises(BackendFailed, match="no reply left"):
        model.reply(ASK)
    assert model.asks == [ASK] * 5


def test_what_was_recorded_is_replayed_to_the_same_ask_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    asks = [Ask((Message("user", f"问题 {n}"),), SCHEMA) for n in range(3)]
    recording = Recording(Scripted([Reply(f"答 {n}\n", n, 2 * n, 0.5) for n in range(3)], name="m"), path)
    said = [recording.reply(ask) for ask in asks]
    replay = Scripted(path, name="m")
    assert [replay.reply(ask) for ask in reversed(asks)] == said[::-1]
    assert replay.reply(Ask(asks[0].messages, SCHEMA, max_tokens=5, seconds=1.0)) == said[0]
    with pytest.raises(BackendFailed, match="none for this ask"):
        replay.reply(Ask((Message("user", "another"),), SCHEMA))


def test_a_script_may_be_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "by-hand.jsonl"
    path.write_text('"just text"\n\n{"text": "and tokens", "tokens_out": 4}\n{"error": "overloaded"}\n', "utf-8")
    model = Scripted(str(path))
    assert model.name == "by-hand"
    assert [model.reply(ASK), model.reply(ASK)] == [Reply("just text"), Reply("and tokens", 0, 4)]
    with pytest.raises(BackendFailed, match="overloaded"):
        model.reply(ASK)


@pytest.mark.parametrize("line", ["{", "7", '{"words": "x"}', '{"text": "x", "tokens_in": "many"}'])
def test_a_script_that_cannot_be_read_names_the_line(line: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(f'"fine"\n{line}\n', "utf-8")
    with pytest.raises(BadInput, match=r"broken\.jsonl:2"):
        Scripted(path)
    with pytest.raises(BadInput, match="cannot be read"):
        Scripted(tmp_path / "absent.jsonl")


# By name


def test_models_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "script.jsonl"
    path.write_text('"hello"\n', "utf-8")
    scripted = resolve_model(f"scripted:{path}")
    assert scripted is not None
    assert scripted.reply(ASK).text == "hello"
    with serving() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        model = resolve_model("openai:org/toy:8b")
        assert model is not None
        assert model.name == "openai/org/toy:8b"
        assert model.reply(ASK).text == "hello"
    assert server.keys == [f"Bearer {KEY}"]
    assert server.requests[0]["model"] == "org/toy:8b"


def test_the_key_of_the_environment_goes_to_no_other_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving() as server:
        for options in ({}, {"key": "mine"}):
            model = resolve_model("openai:toy", base_url=server.url, threads=1, **options)
            assert model is not None
            model.reply(ASK)
    assert server.keys == [None, "Bearer mine"]


def test_a_model_passes_through_and_none_means_none() -> None:
    model = Scripted([])
    assert resolve_model(model) is model
    assert resolve_model(None) is None


def test_an_unknown_or_unfinished_name_is_refused_with_what_there_is() -> None:
    with pytest.raises(BadInput, match=r"no language model 'gpt'.*openai, scripted"):
        resolve_model("gpt:5")
    with pytest.raises(BadInput, match="openai:MODEL"):
        resolve_model("openai")


# What the tests stand on

Answer = tuple[int, str, dict[str, str]]
Answering = Callable[[dict[str, Any]], Answer]


@dataclass
class Served:
    """What an endpoint was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


def answered(_: dict[str, Any]) -> Answer:
    choice = {"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}
    return 200, json.dumps({"choices": [choice], "usage": {"prompt_tokens": 11, "completion_tokens": 2}}), {}


def status(code: int, body: str, headers: dict[str, str] | None = None) -> Answering:
    return lambda _: (code, body, headers or {})


def form(request: dict[str, Any]) -> str | None:
    return request.get("response_format", {}).get("type")


def knows(forms: tuple[str, ...]) -> Answering:
    def answer(request: dict[str, Any]) -> Answer:
        asked = form(request)
        return answered(request) if asked is None or asked in forms else (400, f"unknown response_format {asked}", {})

    return answer


def modern(request: dict[str, Any]) -> Answer:
    """As models do that reason: they take neither a temperature nor the old name of the limit."""
    if "max_tokens" in request:
        return 400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", {}
    if "temperature" in request:
        return 400, "Unsupported value: 'temperature' does not support 0 with this model.", {}
    return answered(request)


def hangs_until(released: threading.Event) -> Answering:
    def answer(request: dict[str, Any]) -> Answer:
        released.wait(5)
        return answered(request)

    return answer


def never(_: float) -> None:
    raise AssertionError("nothing here is worth a second attempt")


def ignore(_: float) -> None:
    """Wait for nothing."""


class serving:
    """An endpoint on this machine that answers with `answers` in turn, then with the last of them for ever."""

    def __init__(self, *answers: Answering) -> None:
        self._answers = list(answers) or [answered]

    def __enter__(self) -> Served:
        answers = self._answers

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                served.requests.append(request)
                served.keys.append(self.headers["Authorization"])
                code, body, headers = (answers.pop(0) if len(answers) > 1 else answers[0])(request)
                try:
                    self.send_response(code if self.path == "/v1/chat/completions" else 404)
                    for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body.encode())
                except (BrokenPipeError, ConnectionResetError):
                    return  # the client had given up, as one of the tests wants

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        served = Served(f"http://127.0.0.1:{self._server.server_port}/v1")
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return served

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
