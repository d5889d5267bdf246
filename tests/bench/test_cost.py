import numpy as np
import pytest

from remanence.backends.embedders.hashed import HashedNgrams
from remanence.bench.child import in_fresh_process
from remanence.bench.generated import StandIn, Texts, messages
from remanence.bench.run import run
from remanence.bench.tasks.cost import filled, overlapping, recalling, singles
from remanence.errors import BackendFailed, BadInput


def quiet(stage: str, done: float) -> None:
    """Progress that nobody watches."""


def doubled(report, number):
    report("doubling", 1.0)
    return number + number


def test_texts_depend_on_the_seed_and_their_number_alone():
    texts = Texts(5)
    assert list(texts.first(1500))[1000:] == texts.block(1)[:500]
    assert Texts(6).block(0) != texts.block(0)


def test_texts_are_of_both_languages():
    texts = Texts(0).block(0)
    chinese = sum("\u4e00" <= text[0] <= "\u9fff" for text in texts)
    assert 0.2 < chinese / len(texts) < 0.4


def test_a_question_is_made_of_words_of_its_text():
    texts = Texts(0)
    for number, question in texts.questions(20, 1000):
        words = question.split() if " " in question else [question]
        assert all(word in texts.block(0)[number] or len(words) == 1 for word in words)


def test_messages_are_numbered_on():
    assert [message["key"] for message in messages(["a", "b"], first=7)] == ["7", "8"]


def test_a_stand_in_vector_is_stable_long_as_one_and_near_its_origin():
    real = np.eye(4, 64, dtype=np.float32)
    vectors = StandIn(real).embed(["one", "two", "one"])
    assert np.array_equal(vectors[0], vectors[2])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors @ real.T).max(axis=1) == pytest.approx(1 / np.sqrt(1 + 0.36), abs=0.1)


@pytest.mark.parametrize("tenants", [1, 2])
def test_what_is_written_is_asked_for_and_weighed(tmp_path, tenants):
    path, size, seed = tmp_path / "memory.db", 1000, 0
    real = HashedNgrams(dimension=64).embed(list(Texts(seed).first(50)))
    found = filled(quiet, path, size, tenants, seed, real)
    found |= recalling(quiet, path, size, tenants, seed, real)
    found |= singles(quiet, path, seed)
    assert found["bytes/memory"] > found["text bytes"] > 0
    assert 0 < found["recall p50 ms"] <= found["recall p95 ms"]
    assert found["record - fsync p50 ms"] == pytest.approx(found["record p50 ms"] - found["fsync p50 ms"])
    assert found["found@10"] > 50
    assert ("cold tenant p50 ms" in found) == (tenants > 1)
    if tenants == 1:
        assert overlapping(quiet, path, size, seed, real) == {"overlap@10": 100.0}


def test_a_process_of_its_own_gives_back_its_value_and_its_progress():
    seen: list[tuple[str, float]] = []
    assert in_fresh_process(doubled, 21, progress=lambda stage, done: seen.append((stage, done))) == 42
    assert seen == [("doubling", 1.0)]


def test_a_failure_in_a_process_of_its_own_is_told_with_its_reason():
    with pytest.raises(BackendFailed, match="unsupported operand"):
        in_fresh_process(doubled, None)


@pytest.mark.slow
def test_a_small_run_measures_both_layouts_and_leaves_nothing(tmp_path, embedder):
    result = run("cost", sizes=[2000], embedder=embedder, work=tmp_path)
    found = {row.split: row.metrics for row in result.rows}
    assert {"start", "embedding 2,000", "one tenant 2,000", "many tenants 2,000"} <= set(found)
    assert found["one tenant 2,000"]["overlap@10"] == 100.0
    assert not list(tmp_path.iterdir())


def test_sizes_too_small_to_mean_anything_are_refused(embedder):
    with pytest.raises(BadInput, match="1,000"):
        run("cost", sizes=[10], embedder=embedder)


def test_a_peer_that_is_not_installed_is_asked_for_with_its_install_line(tmp_path, data, embedder):
    with pytest.raises(BackendFailed, match=r"remanence\.bench\.peers\.install"):
        run("locomo", data, systems=["mem0"], peers=tmp_path, embedder=embedder)
