"""Which words bear on a question by what they say: a question and beliefs in, places of episodes with scores out.

Three ways lead from a question to the evidence of facts, each an arm of recall:

  fact    the question names whom it is about and asks for a relation ("where does Ann live?"), or speaks of a fact's object
  entity  the fact is about somebody or something that the question names
  graph   the fact is about somebody or something near to those, by personalised PageRank (Page et al. 1999; as Gutiérrez et
          al. 2025, HippoRAG 2, use it)

A fact of the one who is asked about, under the relation and the qualifier asked for, scores near 1 while it is so. What was
counts less, unless the question is of the past; what was taken back does not count. Who is asked about may be named, be whoever
asks ("where do I live?"), or be called by what they are to one of these ("my sister", 我妹妹).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from heapq import nsmallest
from itertools import islice
from math import log1p

import rustworkx as rx

from remanence.distill.beliefs import Beliefs, Owned, standing_at
from remanence.distill.names import key_of
from remanence.distill.relations import Registry, Relation
from remanence.language.analyse import has_chinese, terms
from remanence.types import Evidence, Fact, Stance, Status

STANDING = {Status.CURRENT: 1.0, Status.CONTESTED: 0.8, Status.ENDED: 0.4, Status.RETRACTED: 0.0}
ONCE = {Status.CURRENT: 0.6, Status.CONTESTED: 0.6, Status.ENDED: 1.0, Status.RETRACTED: 0.0}
"""The same for a question of what was."""
DOUBTED = 0.6
"""What nobody but the web or a model vouches for."""
OVER = 0.7
"""The words that end a fact, where nothing takes its place."""
REPEATED = 0.9
"""Evidence besides the last."""
UNNAMED, POSSESSOR, OTHER = 0.5, 0.3, 0.1
"""Subjects where the question names none; of those named, the one whose sister is asked about; somebody else."""
RELATION, OBJECT = 0.95, 0.4
"""What the relation asked for, and the words of the object, are worth alone."""
SPARE = 0.35
"""Every term of the question that a fact does not account for makes it less likely to be what is asked for."""
BESIDE = 0.5
"""A relation that a word asks for beside the one it asks for first."""
UNFIT = 0.15
"""A relation whose objects are no answer to "where", "when" or "who"; a slot with another qualifier."""
SLOTS = 150
"""Slots looked into for one question; those that fit best come first."""
SEEN = 2000
"""Slots of one entity or term that are weighed at all."""
NODES = 200
"""Entities of the graph around a question."""
DAMPING = 0.5
LONGEST_NAME = 5
"""Words of a name that is looked for in a question, or characters of a Chinese one."""
_WORD = re.compile(r"[^\W\u3400-\u9fff]+")
_CJK = re.compile(r"[\u3400-\u9fff]+")
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|myself)\b|\bthe user\b|我(?!们)|俺|本人|用户", re.I)
_PAST = re.compile(r"\b(?:used to|before|previous(?:ly)?|former(?:ly)?|earlier|ex|in the past)\b|以前|之前|曾经?|原来|从前|过去", re.I)
_ANSWERS = (
    (
        r"\bwhere\b|\b(?:what|which) (?:city|country|place|town|state)\b|哪里|哪儿|在哪|什么地方|哪个?(?:城市|国家|地方)",
        ("place", "organisation"),
    ),
    (r"\bwho(?:m|se)?\b|谁", ("person", "organisation", "thing", "text")),
    (r"\bwhen\b|\b(?:what|which) (?:date|day|month|year)\b|什么时候|何时|哪一?[天年月日]|几[月号日]", ("date",)),
    (
        r"\b(?:what|which) (?:company|firm|employer|organi[sz]ation|school|university)\b|哪[家个所](?:公司|单位|学校|大学)",
        ("organisation",),
    ),
    (r"\bhow old\b|多大|几岁", ("number", "date")),
)
"""Words of questions, and what the object of a state or a fixed relation has to be to answer them."""
_PHRASES = {
    "job": re.compile(
        r"\bdo(?:es|ing)? for (?:a living|work)\b|\bdo(?:es)? (?:[\w'-]+ ){1,3}do\b(?= *(?:\?|$))|[做干]什么工?作?的|[做干]哪行|职位"
    ),
    "dislikes": re.compile(r"\b(?:not|n't) like\b|\bcan't stand\b|\bhates?\b|受不了"),
    "works_at": re.compile(r"\bwork(?:s|ing)? (?:for|at)\b|\bemploy(?:s|ed|er)?\b|上班|就职|任职|供职"),
    "lives_in": re.compile(r"\bbased\b|\b(?:address|moved?)\b|住|定居|搬"),
    "staying_in": re.compile(r"待在|呆在|暂住|落脚|\bstay(?:s|ing)?\b|\bwhere(?: is|'s| are|'re| am) [\w'-]+(?: right)? now\b"),
    "born_in": re.compile(r"\bbirth ?place\b|在哪\S{0,2}出生|哪里生的"),
    "born_on": re.compile(r"\bbirthdays?\b|\bwhen (?:was|were) (?:[\w'-]+ ){1,4}born\b|过生日"),
    "boss": re.compile(r"\breports? to\b|顶头上司"),
    "likes": re.compile(r"\binto\b|\binterested in\b"),
    "plays": re.compile(r"\bplays?\b"),
}
"""Ways to ask for a relation, also in more than one word."""
_WHOLE = frozenset({"job", "dislikes"})
"""Those whose words ask for nothing else: "for a living" is not where one lives."""
_FRAME = re.compile(
    r"\b(?:now|these days|currently|right now|today|nowadays|at the moment|still|know|tell|remember|name|called|current|exactly|please|"
    r"anything|one|best|kind|which|what|things?|instrument|company|city|town|place|date|day|user)\b|"
    r"请问|告诉|知道|记得|是什么|是谁|什么|哪[个家里儿天些]?|谁|现在|最近|目前|如今|当前|几[月号日点]|名字|东西|地方|时候|吗|呢|吧|用户|我|你|的|了|是|在|叫|有|会|对|家|个|啊",
    re.I,
)
"""What stands in questions of any sort."""
_SAME = {"color": "colour", "movie": "film", "novel": "book", "singer": "band", "影片": "电影", "小说": "书", "菜肴": "菜"}
"""Words for qualifiers that mean the same, to the one that stands for both."""
_ANY_OF_THE_SAME = re.compile("|".join(_SAME))
VAGUE = frozenset({"is", "did", "skill", "goal", "opinion", "watching", "reading"})
"""Relations whose words ask for much else besides."""
_CALLED = frozenset({"name", "nickname", "is"})

ARMS = ("fact", "entity", "graph")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it bears on facts.

    `words`: its text, lower case; `terms`: its terms; `named`: the entities it names; `subjects`: those it is about, with the
    share that a fact of each counts; `roles`: relations in which one asked about stands to one named; `relations`: those asked
    for, the most being 1; `spare`: the terms that no name, role or phrase accounts for; `is_past`: whether it is of what was.
    """

    words: str
    terms: frozenset[str]
    named: frozenset[str]
    subjects: Mapping[str, float]
    roles: frozenset[str]
    relations: Mapping[str, float]
    spare: frozenset[str]
    is_past: bool


def bearing(beliefs: Beliefs, question: str, as_of: datetime, user: str | None = None) -> dict[str, dict[int, float]]:
    """For each of `ARMS`, the places of episodes that bear on `question` as `user` may ask it, with scores in (0, 1]."""
    with beliefs.at_rest() as now:
        asked = read_question(question, now, user)
        found: dict[str, dict[int, float]] = {arm: {} for arm in ARMS}
        if not asked.named and not asked.terms:
            return found
        near = around(now, asked.named | asked.subjects.keys())
        for slot in candidates(now, asked, near):
            for fact in now.settled(slot):
                _score(found, fact, as_of, asked, near, now)
        return found


def read_question(question: str, beliefs: Beliefs, user: str | None = None) -> Asked:
    """Whom and what `question` names and is about, and which relations its words ask for."""
    names = beliefs.names()
    text = _in_one_word(question.casefold().replace("’", "'"))
    heard = {form: held for form in forms(question) if (held := names.get(form))}
    if _FIRST_PERSON.search(text):
        heard |= {key: held for key in (key_of(user or ""), "user") if (held := names.get(key))}
    named = frozenset(id_ for held in heard.values() for id_ in held)
    roles, meant, without_roles = called_by_role(text, heard, beliefs)
    for name in sorted(heard, key=len, reverse=True):
        without_roles = without_roles.replace(name, " ")
    relations, rest = asked_relations(text, without_roles, beliefs.registry)
    spare = [term for term in terms(rest) if len(term) > 1 or has_chinese(term)]  # not the s of "Ann's"
    others = {name: share for name, share in relations.items() if name not in roles}
    if roles and others and not others.keys() & _CALLED:  # "where does my sister live?" asks for no sister
        most = max(others.values())
        relations = {name: share / most if name in others else share * BESIDE for name, share in relations.items()}
    elif roles:
        relations = {name: 1.0 if name in roles else share * BESIDE for name, share in relations.items()} | dict.fromkeys(roles, 1.0)
    subjects = {id_: POSSESSOR if roles else 1.0 for id_ in named if beliefs.slots_of(id_)} | dict.fromkeys(meant, 1.0)
    return Asked(text, frozenset(terms(question)), named, subjects, roles, relations, frozenset(spare), _PAST.search(text) is not None)


def forms(question: str) -> Iterator[str]:
    """The runs of words, and of Chinese characters, that may be a name."""
    words = _WORD.findall(question.casefold())
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + LONGEST_NAME) + 1):
            yield " ".join(words[start:end])
    for run in _CJK.findall(question):
        yield from (run[i : i + n] for i in range(len(run)) for n in range(2, min(LONGEST_NAME, len(run) - i) + 1))


def called_by_role(text: str, heard: Mapping[str, Iterable[str]], beliefs: Beliefs) -> tuple[frozenset[str], frozenset[str], str]:
    """What somebody in `text` is called from one that it names ("my sister"): the relations, the entities so called, what is left."""
    words = role_words(beliefs.registry)
    spoken = {word for pair in words[0].findall(text) for word in pair if word} | set(words[1].findall(text)) if heard else set()
    names, meant = beliefs.names(), set[str]()
    for word in spoken:
        relation = beliefs.registry[beliefs.registry.role_of[word]]
        paths = {id_ for name in heard for other in words_for(word, relation) for id_ in names.get(f"{name}/{other}", ())}
        meant |= paths or {
            fact.object_entity
            for held in heard.values() for id_ in held for slot in islice(beliefs.slots_of(id_), SEEN) if slot[1].relation == relation.name
            for fact in beliefs.settled(slot)
            if fact.object_entity and fact.status in (Status.CURRENT, Status.CONTESTED) and fact.qualifier in ("", word)
        }  # fmt: skip
        text = text.replace(word, " ")
    return frozenset(beliefs.registry.role_of[word] for word in spoken), frozenset(meant), text


@cache
def role_words(registry: Registry) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds English and Chinese words for what somebody is to another, where it is said to whom."""
    longest = sorted(registry.role_of, key=lambda word: -len(word))
    english = "|".join(re.escape(word) for word in longest if not has_chinese(word))
    chinese = "|".join(re.escape(word) for word in longest if has_chinese(word))
    return (
        re.compile(rf"(?:\b(?:my|our|user's)|'s|s')\s+(?:\w+\s+)?({english})\b|\b({english}) of (?:mine\b|[^\W\d])"),
        re.compile(rf"(?:[\u3400-\u9fff]|[a-z]的?)({chinese})"),
    )


@cache
def words_for(word: str, relation: Relation) -> tuple[str, ...]:
    """The words for the same as `word`: mom, mother; where there may be several, only those that look alike: sis, sister."""
    if relation.each:
        return (word,)
    is_chinese = has_chinese(word)
    alike = (other for other in relation.of if has_chinese(other) == is_chinese)
    if relation.is_single:
        return tuple(alike)
    return tuple(other for other in alike if (set(other) & set(word) if is_chinese else other[:3] == word[:3]))


def asked_relations(text: str, rest: str, registry: Registry) -> tuple[dict[str, float], str]:
    """The relations that words of `text` ask for; those count less whose objects would be no answer. Of `rest` what asks for none."""
    english, chinese = asking(registry)
    question, found = text, defaultdict[str, float](float)
    for name, phrase in _PHRASES.items():
        if name in registry and phrase.search(text):
            found[name] += 1.0
            text = phrase.sub(" ", text) if name in _WHOLE else text
            rest = phrase.sub(" ", rest)
    hits = [english[word] for word in frozenset(terms(text)) if word in english]
    for word, names in chinese.items():  # the longest first: 不喜欢 does not ask for what one likes
        if word in text:
            hits.append(names)
            text, rest = text.replace(word, " "), rest.replace(word, " ")
    for names in hits:
        for name, share in names.items():
            found[name] += share
    for words, fitting in _ANSWERS:
        if re.search(words, question):
            for name in found:
                if registry[name].kind in ("state", "fixed") and registry[name].object not in fitting:
                    found[name] *= UNFIT
    most = max(found.values(), default=1.0)
    return {name: share / most for name, share in found.items()}, _FRAME.sub(" ", rest)


Wanted = Mapping[str, Mapping[str, float]]
"""Words, to the relations that each asks for, with how surely it does; one character says little."""


@cache
def asking(registry: Registry) -> tuple[Wanted, Wanted]:
    """Words that ask for relations: English ones by their stem, Chinese ones as written, the longest first."""
    english: dict[str, dict[str, float]] = defaultdict(dict)
    chinese: dict[str, dict[str, float]] = defaultdict(dict)
    for name, relation in registry.items():
        of_name = {term for part in name.split("_") for term in terms(part)}
        first: set[bool] = set()
        for word in dict.fromkeys((*relation.asks, *relation.of)):
            is_chinese = has_chinese(word)
            for term in (word,) if is_chinese else terms(word):
                is_own = is_chinese not in first or term in of_name
                held = (chinese if is_chinese else english)[term]
                share = (1.0 if is_own and name not in VAGUE else BESIDE) * (BESIDE if is_chinese and len(word) == 1 else 1.0)
                held[name] = max(held.get(name, 0.0), share)
            first.add(is_chinese)
    return english, dict(sorted(chinese.items(), key=lambda pair: -len(pair[0])))


def candidates(beliefs: Beliefs, asked: Asked, near: Mapping[str, float]) -> list[Owned]:
    """The slots worth looking into, best first."""
    scores: dict[Owned, float] = defaultdict(float)
    for entity, share in asked.subjects.items():
        for slot in islice(beliefs.slots_of(entity), SEEN):
            scores[slot] += share * (1.0 + 2 * asked.relations.get(slot[1].relation, 0.0))
    for term in asked.terms:
        holders = beliefs.slots_with(term)
        for slot in islice(holders, SEEN):
            scores[slot] += 1 / log1p(len(holders))
    for entity, score in near.items():
        for slot in islice(beliefs.slots_of(entity), SEEN // 10):
            scores[slot] += score
    return nsmallest(SLOTS, scores, key=lambda slot: (-scores[slot], slot[1]))


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


def _score(
    found: dict[str, dict[int, float]], fact: Fact, as_of: datetime, asked: Asked, near: Mapping[str, float], beliefs: Beliefs
) -> None:  # fmt: skip
    """Give the evidence of `fact` its scores."""
    weight = standing(fact, as_of, asked.is_past, beliefs.registry[fact.relation])
    if not weight:
        return
    scores = {
        "fact": weight * matched(fact, asked, beliefs),
        "entity": weight * float(fact.object_entity in asked.named if fact.object_entity else False),
        "graph": weight * max(near.get(fact.subject, 0.0), near.get(fact.object_entity or "", 0.0)),
    }
    shares = list(_shares(fact, weight))
    for arm, score in scores.items():
        if score > 0:
            for place, share in ((beliefs.place(piece.episode), share) for piece, share in shares):
                if place is not None:
                    found[arm][place] = max(found[arm].get(place, 0.0), score * share)


def standing(fact: Fact, as_of: datetime, is_past: bool, relation: Relation) -> float:
    """How far a fact counts by what it is at `as_of`; what happened once is no less so for being over."""
    status = standing_at(fact, as_of).status
    if status in (Status.CURRENT, Status.CONTESTED) and not fact.holds_at(as_of):
        status = Status.ENDED  # not yet so
    is_over = status is Status.ENDED and relation.kind == "event"
    weight = 1.0 if is_over else (ONCE if is_past else STANDING)[status]
    weight *= OVER if fact.denied else 1.0
    return weight * DOUBTED if fact.quarantined else weight


def matched(fact: Fact, asked: Asked, beliefs: Beliefs) -> float:
    """How far a fact is the one asked for: by whom it is of, its relation and qualifier, and the words of its object."""
    whose = asked.subjects.get(fact.subject, OTHER) if asked.subjects else UNNAMED
    if fact.relation in asked.roles and fact.subject in asked.named:
        whose = 1.0
    relation = asked.relations.get(fact.relation, 0.0)
    if relation:
        relation *= qualified(fact.qualifier, asked) * covered(fact, asked, beliefs.registry)
    return whose * (1 - (1 - RELATION * relation) * (1 - OBJECT * beliefs.shared(asked.terms, fact)))


def covered(fact: Fact, asked: Asked, registry: Registry) -> float:
    """How far a fact accounts for the words of a question: "where does Ann live?" asks for no more, others ask for much besides."""
    english, _ = asking(registry)
    left = {term for term in asked.spare if fact.relation not in english.get(term, ())}
    if left:
        left -= frozenset(terms(f"{fact.object} {_in_one_word(fact.qualifier)}"))
    return 1 / (1 + SPARE * len(left))


def qualified(qualifier: str, asked: Asked) -> float:
    """How far the words of a question fit a qualifier: what is asked of films is not answered by a favourite colour."""
    if not qualifier:
        return 1.0
    key = _in_one_word(key_of(qualifier))
    if has_chinese(key):
        return 1.0 if key in asked.words else UNFIT
    held, wanted = frozenset(terms(asked.words)), terms(key)
    return max(sum(term in held for term in wanted) / max(1, len(wanted)), UNFIT)


def _in_one_word(text: str) -> str:
    return _ANY_OF_THE_SAME.sub(lambda found: _SAME[found[0]], text)


def _shares(fact: Fact, weight: float) -> Iterator[tuple[Evidence, float]]:
    """The evidence of a fact with the share of its score that each gets: the last word the most."""
    *earlier, last = fact.evidence
    yield from ((piece, REPEATED) for piece in earlier)
    yield last, max(1.0, OVER / weight) if last.stance is Stance.DENY and weight < OVER else 1.0
