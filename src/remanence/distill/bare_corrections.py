"""Corrections that do not say of what: "Actually, it's Bath, not Bristol", 不对，是南京，不是北京; a sentence in, a claim out.

Which claim is meant, beliefs decide: the last one before it that held the wrong value, in this conversation or an earlier one.
"""

from __future__ import annotations

import re

from remanence.distill.sentences import Saying
from remanence.language.analyse import has_chinese
from remanence.types import Claim, Stance

_VALUE = r"[^,.;:!?，。；：！？]{1,60}?"
_LEAD = r"(?:(?:actually|no|nope|wait|sorry|oops|correction|well|hm+|my (?:mistake|bad)|i (?:meant|mean|misspoke))\b[\s,:.!–—-]*){0,4}"
_IS = r"(?:(?:it|that|this)(?:'s| is| was| should be| ought to be)|make (?:it|that)|should be)"
_ENGLISH = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"^\s*{_LEAD}{_IS}\s+(?P<new>{_VALUE}),?\s+(?:and )?not\s+(?P<old>{_VALUE})\s*[.!]*\s*$",
        rf"^\s*{_LEAD}{_IS}\s+not\s+(?P<old>{_VALUE}),?\s+(?:but|it's)\s+(?P<new>{_VALUE})\s*[.!]*\s*$",
        rf"^\s*(?:sorry|oops|no|wait|correction|actually)\b[\s,:.!–—-]*(?P<new>{_VALUE}),\s+not\s+(?P<old>{_VALUE})\s*[.!]*\s*$",
    )
)
_LEAD_ZH = r"(?:(?:不对|不是的?|错了|(?:我)?(?:说|写|打|记|搞|弄)错了|更正(?:一下)?|抱歉|对不起|其实|应该说)[啊呀哦，,：:。！!\s]*){0,3}"
_CHINESE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^\s*{_LEAD_ZH}(?:那?应该)?是(?P<new>{_VALUE})[，,]?(?:而)?不是(?P<old>{_VALUE})[。！!]*\s*$",
        rf"^\s*{_LEAD_ZH}不是(?P<old>{_VALUE})[，,]?(?:而|应该)?是(?P<new>{_VALUE})[。！!]*\s*$",
    )
)
_NO_VALUES = re.compile(
    r"^(?:that|this|it|true|right|so|much|a lot|about|because|really|just|only|always|我|你|他|她|这|那|因为|说|要|想)", re.I
)


def bare_correction(saying: Saying) -> Claim | None:
    """The correction that a sentence is, of whatever held the value that it takes back."""
    if saying.certainty < 1:
        return None
    text = saying.text.replace("’", "'")
    found = next((match for pattern in (_CHINESE if has_chinese(text) else _ENGLISH) if (match := pattern.match(text))), None)
    if found is None or any(_NO_VALUES.match(found[name].strip()) for name in ("new", "old")):
        return None
    new, old = (re.sub(r"^(?:in|at|on|the|a|an)\s+", "", found[name].strip(), flags=re.I) for name in ("new", "old"))
    start, end = (saying.start + place for place in found.span("new"))
    return Claim(saying.me, "correction", new, start, end, Stance.CORRECT, replaces=old) if new.casefold() != old.casefold() else None
