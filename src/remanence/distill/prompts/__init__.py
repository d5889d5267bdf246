"""The prompts, Markdown documents beside this file, with what is to be read in; what a model is asked out.

A document opens with its version and language, then has a part below each heading. Rendering is a function of its arguments:
the dates a model sees are those of the turns. Placeholders are filled in one pass, so that no words of a turn are taken for one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from remanence.distill.relations import Registry
from remanence.distill.turns import Batch
from remanence.ports import Ask, Message

LANGUAGES = ("en", "zh")
KINDS = ("state", "fixed", "event", "plan")
LONGEST_ECHO = 500
"""Characters of a reply that could not be read which the model is shown again."""

_PART = re.compile(r"^# (.+)$", re.MULTILINE)
_FENCED = re.compile(r"```json\n(.*?)```", re.DOTALL)
_PLACE = re.compile(r"\{\{([a-z ]+)\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One document, by the names of its headings."""

    version: str
    language: str
    weekdays: tuple[str, ...]
    heading: str
    instruction: str
    schema: Mapping[str, Any]
    example_turns: str
    example_reply: str
    turns: str
    resume: str
    repair: str

    @property
    def own_words(self) -> str:
        """What a model might hand back as if somebody had said it."""
        return f"{self.instruction}\n{self.example_turns}\n{self.resume}\n{self.repair}"

    def ask(self, batch: Batch, registry: Registry, max_tokens: int) -> Ask:
        """What to ask about `batch`: relations, example and turns, the reply held to the schema."""
        offered = {name: relation for name, relation in registry.items() if relation.topic}
        # The names of relations without a topic stay out: they join entities, which is not for a model to decide.
        instruction = _fill(self.instruction, relations=self._relations(registry, offered))
        messages = (
            Message("system", instruction),
            Message("user", _fill(self.turns, turns=self.example_turns)),
            Message("assistant", self.example_reply),
            Message("user", _fill(self.turns, turns="\n".join(self._lines(batch)))),
        )
        return Ask(messages, _with_names(self.schema, list(offered)), max_tokens)

    def again(self, ask: Ask, reply: str) -> Ask:
        """`ask` after a reply that held nothing of the kind."""
        shown = Message("assistant", reply[:LONGEST_ECHO].strip() or "…")
        return Ask((*ask.messages, shown, Message("user", self.repair)), ask.schema, ask.max_tokens)

    def further(self, ask: Ask, items: Iterable[Mapping[str, Any]]) -> Ask:
        """`ask` for what is missing behind `items`, where a reply was cut off."""
        shown = Message("assistant", _compact({"claims": list(items)}))
        return Ask((*ask.messages, shown, Message("user", self.resume)), ask.schema, ask.max_tokens)

    def _relations(self, registry: Registry, names: Iterable[str]) -> str:
        """A line per relation, those of a kind together: `lives_in: A lives in B`."""
        kinds = sorted(names, key=lambda name: KINDS.index(registry[name].kind))
        return "\n".join(f"{name}: {registry[name].says('A', 'B', 'Q', chinese=self.language == 'zh')}" for name in kinds)

    def _lines(self, batch: Batch) -> Iterable[str]:
        above = None
        for turn in batch.turns:
            day = turn.episode.said_at.date()
            if above != (turn.session, day):
                above = (turn.session, day)
                yield _fill(self.heading, date=day.isoformat(), weekday=self.weekdays[day.weekday()])
            yield f"[{turn.number or '-'}] {turn.label}: {turn.shown}"


@cache
def prompt(language: str) -> Prompt:
    """The document in `language`, "en" or "zh"."""
    text = resources.files("remanence.distill.prompts").joinpath(f"distill.{language}.md").read_text("utf-8")
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    pieces = _PART.split(body)
    part = {name: content.strip() for name, content in zip(pieces[1::2], pieces[2::2], strict=True)}
    return Prompt(
        version=said["version"],
        language=said["language"],
        weekdays=tuple(said["weekdays"].split()),
        heading=said["heading"],
        instruction=part["Instruction"],
        schema=_fenced(part["Reply schema"]),
        example_turns=part["Example turns"],
        example_reply=_compact(_fenced(part["Example reply"])),
        turns=part["Turns"],
        resume=part["Continue"],
        repair=part["Repair"],
    )


def label(model: str) -> str:
    """What a reading is signed with: `model/NAME/VERSION OF THE PROMPT`."""
    return f"model/{model}/{prompt(LANGUAGES[0]).version}"


def _fenced(part: str) -> Any:
    found = _FENCED.search(part)
    assert found is not None, "a prompt's schema and example stand in ```json"
    return json.loads(found[1])


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _fill(template: str, **words: str) -> str:
    return _PLACE.sub(lambda place: words[place[1]], template)


def _with_names(schema: Any, names: list[str]) -> Any:
    """The schema with the relations that there are in place of their placeholder."""
    if isinstance(schema, Mapping):
        return {key: _with_names(value, names) for key, value in schema.items()}
    if isinstance(schema, list):
        return names if any(isinstance(each, str) and _PLACE.fullmatch(each) for each in schema) else schema
    return schema
