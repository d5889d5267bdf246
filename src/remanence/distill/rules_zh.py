"""The rules for Chinese: `rules/zh.toml` in; word lists, adverbs and compiled patterns of predicates out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

TIME = "\ue000"
"""Stands in a clause for each character of words of time, so that patterns and offsets need not know them."""
TITLE = "\ue001"
"""Stands for each character between 《 and 》."""
NOT = "\ue003"
"""Stands for 不 in 不是 and 不叫, so that a pattern with 是 also fits what is denied."""
QUOTE = "\ue002"
"""Stands for each character of a quotation that is no mere name."""

_TAIL = rf"(?:才对|才是|来着|对吧)?[{TIME}了啦呢吧啊呀哦哈嘛喔噢呐哟的~～\s]*\Z"
_NUMBER = r"[\d一二两三四五六七八九十几半多]{1,4}"
_SLOT = re.compile(r"\{(?P<group>[a-z])(?::(?P<type>[a-z]+))?\}|\{(?P<list>[a-z_]+)\}")


class Pattern(NamedTuple):
    """A compiled pattern with the type each of its groups must be of."""

    regex: re.Pattern[str]
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: see the head of `zh.toml`."""

    patterns: tuple[Pattern, ...]
    claims: tuple[tuple[str, str, str], ...]
    negated: str
    needs: frozenset[str]
    without: frozenset[str]
    is_list: bool
    is_change: bool
    is_denial: bool
    only_me: bool
    is_doubtful: bool
    """The words leave it open (考虑…): less certain."""
    is_mine: bool
    """It speaks of the first person, whatever stands as subject (这让我很开心)."""
    is_whole: bool
    """It holds its subject itself (…是我最喜欢的书), as group `w`, and is tried from the beginning of the clause."""
    is_dated: bool
    """It begins with a date, which elsewhere is taken off first."""
    is_general: bool
    """It would take any verb, so it is tried where no adverb is left to take off."""


@dataclass(frozen=True, slots=True)
class Rules:
    words: Mapping[str, frozenset[str]]
    lists: Mapping[str, tuple[str, ...]]
    """Longest first."""
    adverbs: Mapping[str, tuple[str, ...]]
    """Adverb to the marks it leaves."""
    leave: Mapping[str, tuple[str, ...]]
    kin: Mapping[str, str]
    """What people are called to the relation, beyond the registry's own words."""
    shapes: Mapping[str, str]
    mutual: Mapping[str, tuple[str, str]]
    rows: tuple[Rule, ...]


_POSITIVE = "开心|高兴|快乐|幸福|愉快|舒服|舒适|满意|满足|自信|安心|放心|轻松|自在|踏实|好受|习惯|适应|甘心|耐烦|顺心|顺利|公平|安"


def _shape(kind: str, lists: Mapping[str, tuple[str, ...]], shapes: Mapping[str, str]) -> str:
    """What a slot of a kind matches: where its words are known these, so that a pattern finds where they end."""
    if kind in _LISTED:
        word = "|".join(map(re.escape, lists[_LISTED[kind]]))
        degree = "|".join(map(re.escape, lists["degree"]))
        denial = "不太|不怎么|不是很|没那么|不那么" if kind == "feeling" else "没有"
        return f"(?:(?:{denial}|{degree}|又|一丝|一些|一点|深深的|莫名的?|也)*(?:{word})(?:[、和与及或]|以及|还有|并|而|且|,)?)+"
    if kind == "fullfeeling":
        return "|".join(re.escape(word) for word in lists["feeling"] if len(word) > 3)
    if kind == "unfeeling":
        return f"(?:不太|不怎么|不是很|不大|很不|没那么|不那么|非常不|特别不|有点不|有些不|不)(?:{_POSITIVE})"
    if kind in _ENDED:
        return r".{0,16}?(?:" + "|".join(map(re.escape, lists[_ENDED[kind]])) + ")"
    return shapes.get(kind, ".{1,40}?")


_LISTED = {word: word for word in "feeling trait ability instrument sport country attribute faith possession".split()}
_LISTED["traitperson"] = "trait_person"
"""Kinds whose words are all in a list."""
_ENDED = {"school": "school_end", "language": "language_end", "job": "job_end"}
"""Kinds whose words end as one of a list does."""


_EASY = frozenset(["", "now", "past", "hedge"])
"""Marks of adverbs that may stand between a topic and 是, as `{adv}`: neither negation nor habit."""


@cache
def rules() -> Rules:
    """Our rules."""
    table = tomllib.loads(resources.files("remanence.distill").joinpath("rules", "zh.toml").read_text("utf-8"))
    lists = {name: tuple(sorted(set(given.split()), key=lambda word: (-len(word), word))) for name, given in table["lists"].items()}
    adverbs: dict[str, tuple[str, ...]] = {}
    for mark, given in table["adverbs"].items():
        for word in given.split():
            adverbs[word] = (*adverbs.get(word, ()), mark) if mark else adverbs.get(word, ())
    lists["adv"] = tuple(
        sorted({word for mark, given in table["adverbs"].items() if mark in _EASY for word in given.split()}, key=len, reverse=True)
    )
    lists["degree"] = tuple(sorted(table["adverbs"]["degree"].split(), key=lambda word: -len(word)))
    shapes = {name: shape.replace("⏱", TIME) for name, shape in table["shapes"].items()}
    return Rules(
        shapes=shapes,
        mutual={word: (relation, qualifier) for word, (relation, qualifier) in table["mutual"].items()},
        words={name: frozenset(given.split()) for name, given in table["words"].items()},
        lists=lists,
        adverbs=adverbs,
        leave={name: tuple(given.split()) for name, given in table["leave"].items()},
        kin={word: relation for relation, given in table.get("kin", {}).items() for word in given.split()},
        rows=tuple(_rule(row, lists, shapes) for row in table["rule"]),
    )


def _rule(row: Mapping[str, Any], lists: Mapping[str, tuple[str, ...]], shapes: Mapping[str, str]) -> Rule:
    claims = row.get("claims") or [[row["relation"], "{o}"]]
    qualifier = row.get("qualifier", "")
    patterns = tuple(_pattern(given, lists, shapes) for given in row["say"])
    return Rule(
        patterns=patterns,
        claims=tuple((relation, object, qualifier) for relation, object in claims),
        negated=row.get("not", "deny"),
        needs=frozenset(row.get("needs", ())),
        without=frozenset(row.get("without", ())),
        is_list=row.get("list", False),
        is_change=row.get("change", False),
        is_denial=row.get("stance") == "deny",
        is_doubtful=row.get("doubtful", False),
        only_me=row.get("about") == "me",
        is_mine=row.get("subject") == "me",
        is_whole=row.get("whole", False),
        is_dated=any("date" in pattern.types.values() for pattern in patterns),
        is_general=row.get("general", False),
    )


def _pattern(given: str, lists: Mapping[str, tuple[str, ...]], shapes: Mapping[str, str]) -> Pattern:
    types: dict[str, str] = {}

    def slot(match: re.Match[str]) -> str:
        if match["list"]:
            return "(?:" + "|".join(map(re.escape, lists[match["list"]])) + ")"
        if match["type"] is None:
            return _NUMBER
        types[match["group"]] = kind = match["type"]
        return f"(?P<{match['group']}>{_shape(kind, lists, shapes)})"

    given = (
        given.replace("⏱", TIME)
        .replace("(?:就?是", f"(?:{NOT}*就?是")
        .replace("(?:就)?(?:是", f"{NOT}*(?:就)?(?:是")
        .replace("(?:是|叫", f"{NOT}*(?:是|叫")
        .replace("(?:的是)?", f"(?:的{NOT}*是)?")
    )
    bounded = _SLOT.sub(slot, given).replace(")*", "){0,5}").replace(")+", "){1,5}")  # words that repeat for ever cost no time
    return Pattern(re.compile(bounded + _TAIL), types)
