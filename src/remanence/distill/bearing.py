"""Which words bear on a question by what they say: a question and beliefs in, places of episodes with scores out.

Three ways lead from a question to the evidence of facts, each an arm of recall:

  fact    the question names whom it is about and asks for a relation ("where does Ann live?"), or speaks of a fact's object
  entity  the fact is about somebody or something that the question names
  graph   the fact is about somebody or something near to those, by personalised PageRank (Page et al. 1999; as Gutiérrez et
          al. 2025, HippoRAG 2, use it)

What is so counts more than what was, and what was taken back does not count.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import log1p

import rustworkx as rx

from remanence.distill.beliefs import Beliefs, Owned, standing_at
from remanence.distill.relations import Registry
from remanence.language.analyse import has_chinese, terms
from remanence.types import Fact, Status

STANDING = {Status.CURRENT: 1.0, Status.CONTESTED: 0.8, Status.ENDED: 0.5, Status.RETRACTED: 0.0}
SLOTS = 400
"""Slots looked into for one question; those that fit best come first."""
NODES = 600
"""Entities of the graph around a question."""
DAMPING = 0.5
LONGEST_NAME = 5
"""Words of a name that is looked for in a question, or characters of a Chinese one."""
_WORD = re.compile(r"[^\W\u3400-\u9fff]+")
_CJK = re.compile(r"[\u3400-\u9fff]+")

ARMS = ("fact", "entity", "graph")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it bears on facts: its terms, the entities it names, the relations it asks for with the share of its words."""

    terms: frozenset[str]
    named: frozenset[str]
    relations: Mapping[str, float]


def bearing(beliefs: Beliefs, question: str, as_of: datetime) -> dict[str, dict[int, float]]:
    """For each of `ARMS`, the places of episodes that bear on `question`, with scores in (0, 1]."""
    with beliefs.at_rest() as now:
        asked = read_question(question, now)
        found: dict[str, dict[int, float]] = {arm: {} for arm in ARMS}
        if not asked.named and not asked.terms:
            return found
        near = around(now, asked.named)
        for slot in candidates(now, asked, near):
            for fact in now.settled(slot):
                _score(found, standing_at(fact, as_of), asked, near, now)
        return found


def read_question(question: str, beliefs: Beliefs) -> Asked:
    """Whom and what `question` names, and which relations its words ask for."""
    names = beliefs.names()
    named = {id_ for form in forms(question) for id_ in names.get(form, ())}
    words = frozenset(terms(question))
    return Asked(words, frozenset(named), asked_relations(question, words, beliefs.registry))


def forms(question: str) -> Iterator[str]:
    """The runs of words, and of Chinese characters, that may be a name."""
    words = _WORD.findall(question.casefold())
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + LONGEST_NAME) + 1):
            yield " ".join(words[start:end])
    for run in _CJK.findall(question):
        yield from (run[i : i + n] for i in range(len(run)) for n in range(2, min(LONGEST_NAME, len(run) - i) + 1))


def asked_relations(question: str, words: Iterable[str], registry: Registry) -> dict[str, float]:
    """The relations that words of `question` ask for; a word that asks for many says less of each."""
    english, chinese = asking(registry)
    found: dict[str, float] = defaultdict(float)
    hits = [english[word] for word in words if word in english]
    hits += [names for word, names in chinese.items() if word in question]
    for names in hits:
        for name in names:
            found[name] += 1 / len(names)
    most = max(found.values(), default=1.0)
    return {name: score / most for name, score in found.items()}


@cache
def asking(registry: Registry) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Words that ask for relations, to those relations: English ones by their stem, Chinese ones as written."""
    english: dict[str, list[str]] = defaultdict(list)
    chinese: dict[str, list[str]] = defaultdict(list)
    for name, relation in registry.items():
        for word in dict.fromkeys((*relation.asks, *relation.of)):
            if has_chinese(word):
                chinese[word].append(name)
            else:
                for term in terms(word):
                    english[term].append(name)
    return {w: tuple(dict.fromkeys(n)) for w, n in english.items()}, {w: tuple(n) for w, n in chinese.items()}


def candidates(beliefs: Beliefs, asked: Asked, near: Mapping[str, float]) -> list[Owned]:
    """The slots worth looking into, best first."""
    scores: dict[Owned, float] = defaultdict(float)
    for entity in asked.named:
        for slot in beliefs.slots_of(entity):
            scores[slot] += 1.0 + asked.relations.get(slot[1].relation, 0.0)
    for term in asked.terms:
        holders = beliefs.slots_with(term)
        for slot in holders:
            scores[slot] += 1 / log1p(len(holders))
    for entity, score in near.items():
        for slot in beliefs.slots_of(entity):
            scores[slot] += score
    return sorted(scores, key=lambda slot: (-scores[slot], str(slot)))[:SLOTS]


def around(beliefs: Beliefs, seeds: Iterable[str]) -> dict[str, float]:
    """The entities near `seeds` by personalised PageRank, the highest being 1; at most `NODES` are looked at."""
    known = [seed for seed in seeds if beliefs.neighbours(seed)]
    if not known:
        return {}
    graph: rx.PyDiGraph[str, float] = rx.PyDiGraph()
    at = {entity: graph.add_node(entity) for entity in known}
    edge = list(known)
    while edge and len(at) < NODES:
        beyond: list[str] = []
        for entity in edge:
            for other in beliefs.neighbours(entity):
                if other not in at and len(at) < NODES:
                    at[other] = graph.add_node(other)
                    beyond.append(other)
                if other in at:
                    graph.add_edge(at[entity], at[other], 1.0)
                    graph.add_edge(at[other], at[entity], 1.0)
        edge = beyond
    ranks = rx.pagerank(graph, alpha=DAMPING, weight_fn=float, personalization={at[seed]: 1.0 for seed in known})
    most = max(ranks.values())
    return {entity: ranks[node] / most for entity, node in at.items()}


def _score(found: dict[str, dict[int, float]], fact: Fact, asked: Asked, near: Mapping[str, float], beliefs: Beliefs) -> None:
    """Give the evidence of `fact` its scores."""
    weight = STANDING[fact.status]
    if not weight:
        return
    is_named = fact.subject in asked.named or not asked.named
    relation = asked.relations.get(fact.relation, 0.0)
    shared = beliefs.shared(asked.terms, fact)
    scores = {
        "fact": weight * (0.5 * relation + 0.5 * shared) * (1.0 if is_named else 0.5),
        "entity": weight * float(fact.object_entity in asked.named if fact.object_entity else False),
        "graph": weight * max(near.get(fact.subject, 0.0), near.get(fact.object_entity or "", 0.0)),
    }
    for arm, score in scores.items():
        if score > 0:
            for piece in fact.evidence:
                place = beliefs.place(piece.episode)
                if place is not None:
                    found[arm][place] = max(found[arm].get(place, 0.0), score)
