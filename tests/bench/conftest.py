"""Small data of the schemas that the tasks read, all of it made up here, and an embedder without weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from remanence.backends.embedders.hashed import HashedNgrams
from remanence.bench.run import Options, Recipe


@pytest.fixture
def embedder() -> HashedNgrams:
    return HashedNgrams(dimension=256)


@pytest.fixture
def options(tmp_path: Path, embedder: HashedNgrams) -> Options:
    work = tmp_path / "work"
    work.mkdir()
    return Options(embedder=embedder, recipe=Recipe(embedder, 1), work=work)


def turn(dia_id: str, speaker: str, text: str, **more: str) -> dict[str, str]:
    return {"dia_id": dia_id, "speaker": speaker, "text": text, **more}


def question(text: str, category: int, *evidence: str, **more: str) -> dict[str, Any]:
    return {"question": text, "category": category, "evidence": list(evidence), **more}


LOCOMO = [
    {
        "sample_id": "conv-a",
        "conversation": {
            "speaker_a": "Ines",
            "speaker_b": "Tomas",
            "session_1_date_time": "9:05 am on 3 March, 2025",
            "session_1": [
                turn("D1:1", "Ines", "My ferry to Gotland leaves on Friday."),
                turn("D1:2", "Tomas", "I repaired the greenhouse roof yesterday.", blip_caption="a glass roof with a ladder"),
                turn("D1:3", "Ines", "Good, the tomatoes need it."),
            ],
            "session_2_date_time": "12:00 pm on 20 April, 2025",
            "session_2": [
                turn("D2:1", "Tomas", "The violin lessons begin in May."),
                turn("D2:2", "Ines", "I adopted a grey cat called Pixel."),
            ],
            "session_3_date_time": "1:56 pm on 8 May, 2025",
        },
        "qa": [
            question("When does the ferry to Gotland leave?", 2, "D1:1", answer="Friday"),
            question("What is the name of the grey cat?", 4, "D2:02", answer="Pixel"),
            question("What did Tomas repair and what will he learn?", 1, "D1:2; D2:1", answer="roof, violin"),
            question("What did Tomas climb on?", 3, "D:1:2", "D", "D9:9", answer="a ladder"),
            question("What is the name of Tomas's dog?", 5, "D2:2", adversarial_answer="Pixel"),
        ],
    },
    {
        "sample_id": "conv-b",
        "conversation": {
            "session_1_date_time": "6:30 pm on 1 January, 2025",
            "session_1": [turn("D1:1", "Bo", "I bake rye bread on Sundays."), turn("D1:2", "Li", "我昨天去了博物馆。")],
        },
        "qa": [question("Who bakes rye bread?", 4, "D1:1", answer="Bo"), question("Who bakes rye bread on Mondays?", 5, "D1:1")],
    },
]
AUDIT = [
    {
        "question": "When does the ferry to Gotland leave?", "category": 2, "cited_evidence": ["D1:1"],
        "error_type": "WRONG_CITATION", "correct_evidence": ["D1:1", "D1:3"],
    },
    {
        "question": "What did Tomas climb on?", "category": 3, "cited_evidence": ["D:1:2", "D", "D9:9"],
        "error_type": "HALLUCINATION", "correct_evidence": ["D1:2"],
    },
]  # fmt: skip


def said(speaker: str, content: str, **more: Any) -> dict[str, Any]:
    return {"speaker": speaker, "content": content, "is_query": False, **more}


REALMEM = {
    "_metadata": {"person_name": "Nobody"},
    "dialogues": [
        {
            "session_uuid": "s1", "current_time": "2025-12-15 (Monday)",
            "dialogue_turns": [said("User", "My half marathon is in April."), said("Assistant", "Let us plan your running weeks.")],
        },
        {
            "session_uuid": "s2", "current_time": "2025-12-16 (Tuesday)",
            "dialogue_turns": [said("User", "Help me with the sonata on the piano."), said("Assistant", "Slow practice first.")],
        },
        {
            "session_uuid": "s3", "current_time": "2025-12-18 (Thursday)",
            "dialogue_turns": [
                said("User", "Hello again."), said("Assistant", "Hello."),
                said("User", "How long until my half marathon?", is_query=True),
                said("Assistant", "It is in April.", memory_session_uuids=["s1", "s3", "s9"]),
            ],
        },
    ],
}  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of data as `--data` takes it."""
    root = tmp_path / "data"
    for name, value in (
        ("locomo/made_up.json", LOCOMO),
        ("locomo/audit_errors.json", AUDIT),
        ("realmem/Nobody_dialogues_1k.json", REALMEM),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return root
