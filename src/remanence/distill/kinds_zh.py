"""Whether words may stand where a rule wants a place, a job, a feeling: a stretch of a sentence in; its trimmed text or nothing out."""

from __future__ import annotations

import re
from collections.abc import Callable

from remanence.distill.clauses_zh import Sentence
from remanence.distill.rules_zh import NOT, QUOTE, TIME, TITLE, rules
from remanence.distill.segment_zh import words

Check = Callable[[Sentence, int, int], "tuple[int, int] | None"]
CHECKS: dict[str, Check] = {}
"""By type: the bounds of what is left of the stretch when it is trimmed, or `None` where it is of no such kind."""

NOUNS = frozenset("n nz nw nr vn an PER LOC ORG s f t TIME".split())


def check(*names: str) -> Callable[[Check], Check]:
    def register(found: Check) -> Check:
        for name in names:
            CHECKS[name] = found
        return found

    return register


def trim(sentence: Sentence, start: int, end: int, foot: re.Pattern[str] | None = None) -> tuple[int, int]:
    """The stretch without measure words, determiners, particles, brackets and words of time at its ends."""
    text, masked = sentence.text, sentence.masked
    for _ in range(6):
        before = (start, end)
        while start < end and (masked[start] == TIME or text[start] in _EDGE):
            start += 1
        while end > start and (masked[end - 1] == TIME or text[end - 1] in _EDGE_BEHIND):
            end -= 1
        if (
            start
            and end - start > 2
            and text[start - 1] in "了过养有"
            and text[start] in _MEASURES
            and text[start : start + 2] not in ("本人", "个人")
        ):
            start += 1
        if match := _HEAD.match(masked, start, end):
            start = match.end() if match.end() < end else start
        if match := (foot or _FOOT).search(masked, start, end):
            end = match.start() if match.start() > start else end
        if before == (start, end):
            break
    if end - start > 2 and text[start] == "《" and text.find("》", start) == end - 1:
        start, end = start + 1, end - 1
    return start, end


def split(sentence: Sentence, start: int, end: int) -> list[tuple[int, int]]:
    """The items of a list: 绘画、弹钢琴和品茶."""
    cuts = [(match.start(), match.end()) for match in _COMMA.finditer(sentence.masked, start, end)]
    for word in sentence.words_in(start, end):
        if (
            word.text in _AND
            and word.tag in ("c", "p")
            and start < word.start
            and word.end < end
            and sentence.masked[word.start] == word.text[0]
        ):
            cuts.append((word.start, word.end))
    cuts = sorted(cuts)
    edges = [start, *(place for cut in cuts for place in cut), end]
    items = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
    if len(items) == 2 and "、" not in sentence.masked[start:end]:
        first, second = (sentence.masked[a:b] for a, b in items)
        if ("的" in first) != ("的" in second) or second.endswith(("之间", "关系")):
            return [(start, end)]
    if len(items) > 1 and _is_one(sentence, items):
        return [(start, end)]
    return items or [(start, end)]


def _is_one(sentence: Sentence, items: list[tuple[int, int]]) -> bool:
    """在海滩、山脉和湖泊附近拍摄, 晴朗、温暖的天气: what stands last belongs to all."""
    first, last = sentence.words_in(*items[0]), sentence.words_in(*items[-1])
    if not first or not last:
        return True
    is_phrase = first[0].tag == "p" or first[0].text in ("去", "到", "来")
    is_acted = any(word.tag in ("v", "vn") for word in last) and not any(word.tag in ("v", "vn") for word in first[1:])
    is_quality = all(word.tag in ("a", "d", "ad") for word in first) and any(word.text == "的" for word in last)
    return (is_phrase and is_acted) or is_quality


def is_blank(sentence: Sentence, start: int, end: int) -> bool:
    """Whether the stretch says nothing by itself, or points elsewhere."""
    said, leave = sentence.masked[start:end], sentence.rules.leave
    if not said or QUOTE in said or NOT in said or said in leave["empty"] or _POINTS.match(said):
        return True
    return any(mark in said for mark in leave["deictic"])


def plain(sentence: Sentence, start: int, end: int, longest: int = 24, foot: re.Pattern[str] | None = None) -> tuple[int, int] | None:
    start, end = trim(sentence, start, end, foot)
    if (
        end - start > longest
        or end <= start
        or is_blank(sentence, start, end)
        or not (sentence.is_boundary(start) or sentence.text[start - 1] in _ANCHORS)
    ):
        return None
    return start, end


@check("any", "organisationlike")
def _any(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    return plain(sentence, start, end)


@check("thing", "topic")
def _thing(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end)
    if (
        found is None
        or _NOT_THING.match(sentence.masked, *found)
        or "是" in sentence.masked[slice(*found)]
        or sentence.masked[found[1] - 1] in "不没很"
    ):
        return None
    return found


@check("subject")
def _subject(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _thing(sentence, start, end)
    if found is None or sentence.text[slice(*found)] in sentence.rules.lists["no_subject"]:
        return None
    return found


@check("food")
def _food(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _thing(sentence, start, end)
    if found is None:
        found = trim(sentence, start, end) if end - start <= 3 and not is_blank(sentence, *trim(sentence, start, end)) else None
    if found is None or found[1] - found[0] > 8 or sentence.text[found[0]] in "得下过饭完素苦亏":
        return None
    return found


_ADVERB_BEHIND = re.compile(
    "(?:" + "|".join(map(re.escape, sorted((word for word in rules().adverbs if len(word) > 1), key=len, reverse=True))) + r")\Z"
)


@check("kind")
def _kind(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    start, end = trim(sentence, start, end)
    if match := re.match(r"(?:一个|一种|一部|一本|一位|一首|(?:吃|看|听|喝|玩|去|做|读)的)", sentence.masked[start:end]):
        start += match.end()
    said = sentence.masked[start:end]
    return (
        (start, end)
        if 0 < end - start <= 8
        and not is_blank(sentence, start, end)
        and said not in ("人", "事", "是")
        and not _ADVERB_BEHIND.search(said)
        else None
    )


@check("person", "name")
def _person(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    start, end = trim(sentence, start, end)
    said = sentence.text[start:end]
    if not said or len(said) > 20 or is_blank(sentence, start, end) or _NOT_NAME.search(sentence.masked[start:end]):
        return None
    found = sentence.words_in(start, end)
    if _LATIN_NAME.fullmatch(said):
        return start, end
    if len(said) > 6 and "·" not in said:
        return None
    if any(word.tag == "PER" for word in found) or (
        len(found) == 1 and found[0].tag in ("nz", "nw", "n", "nr", "ORG", "LOC") and len(said) <= 4
    ):
        return start, end
    return (start, end) if len(said) <= 4 and (said[0] in SURNAMES or said[0] in "小阿老大") and len(said) > 1 else None


@check("unfeeling", "inability", "mything", "who")
def _as_it_is(_: Sentence, start: int, end: int) -> tuple[int, int] | None:
    return start, end


@check("fullname")
def _fullname(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _person(sentence, start, end)
    inside = sentence.words_in(*found) if found else []
    return found if found and len(inside) == 1 and inside[0].tag == "PER" and found[1] - found[0] > 1 else None


@check("adjective")
def _adjective(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 4)
    inside = sentence.words_in(*found) if found else []
    return (
        found
        if found
        and len(inside) == 1
        and inside[0].tag in ("a", "an")
        and sentence.text[slice(*found)] not in sentence.rules.lists["judges"]
        else None
    )


@check("someone")
def _someone(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    start, end = trim(sentence, start, end)
    said = sentence.text[start:end]
    if not said or end - start > 16 or is_blank(sentence, start, end):
        return None
    persons = [word for word in sentence.words_in(start, end) if word.tag == "PER"]
    if persons and persons[-1].end >= end:
        return persons[-1].start, end
    return (start, end) if said.endswith(sentence.rules.lists["human_end"]) else None


@check("place", "city")
def _place(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 16)
    if found is None:
        return None
    start, end = found
    inside = sentence.words_in(start, end)
    if any(word.tag in ("v", "r", "PER", "m") for word in inside[:1]) and not sentence.text[start:end].endswith(
        sentence.rules.lists["place_end"]
    ):
        return None
    lead = start
    for word in inside:
        if word.tag == "LOC" and word.start == lead:
            lead = word.end
        else:
            break
    if lead > start and any(word.tag in ("v", "r") for word in sentence.words_in(lead, end)):
        return None
    if lead > start and _SOME_PLACE.match(sentence.text, lead, end):
        return start, lead
    if lead > start:
        return (start, end) if sentence.text[start:end].endswith(sentence.rules.lists["place_end"]) else (start, min(lead, end))
    if any(word.tag in ("LOC", "ORG", "s") for word in inside) or sentence.text[start:end] in sentence.rules.lists["country"]:
        return start, end
    return (start, end) if sentence.text[start:end].endswith(sentence.rules.lists["place_end"]) else None


_SOME_PLACE = re.compile(r"的?(?:一个|一座|某个?|那边|这边|附近|周边|乡下|郊区的?)")
CHECKS["city"] = lambda sentence, start, end: _city(sentence, start, end)


def _city(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _place(sentence, start, end)
    if found is None or found != plain(sentence, start, end):
        return None
    inside = sentence.words_in(*found) if found else []
    return found if inside and inside[0].tag == "LOC" and inside[-1].tag in ("LOC", "f", "n") else None


@check("hometown")
def _hometown(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 10)
    said = sentence.text[slice(*found)] if found else ""
    if found and (said in ("北方", "南方", "本地", "外地", "农村", "城里") or said in sentence.rules.lists["country"]):
        return found
    if found is None:
        return None
    if any(word.tag == "LOC" for word in sentence.words_in(*found)):
        return found
    return found if said.endswith(("省", "市", "县", "镇", "乡", "村", "岛", "州", "国")) or words(said)[0].tag == "LOC" else None


@check("company")
def _company(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 10)
    if found is None or _is_known_place(sentence, *found) or _NOT_THING.match(sentence.masked, *found):
        return None
    inside, said = sentence.words_in(*found), sentence.text[slice(*found)]
    is_person = all(word.tag in ("PER", "TIME") for word in inside) and len(said) < 4
    if is_person or any(word.text in ("了", "过") for word in inside):
        return None
    is_vague = said in sentence.rules.lists["no_employer"]
    return None if is_vague or said.endswith(("家里", "外地", "里", "上", "方面", "时间", "一起", "线下")) else found


@check("organisation")
def _organisation(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 20)
    if found is None:
        return None
    inside, said = sentence.words_in(*found), sentence.text[slice(*found)]
    if said in sentence.rules.lists["no_employer"]:
        return None
    if said in ("家", "家里", "外地", "外面", "国外", "老家", "海外") or (
        inside[0].tag in ("v", "r", "p") and not said.endswith(sentence.rules.lists["organisation_end"])
    ):
        return None
    if said.endswith(("队", "俱乐部", "社团", "群", "党")):
        return None
    if said.endswith(sentence.rules.lists["organisation_end"]) or any(word.tag in ("ORG", "nz") for word in inside):
        return found
    return found if re.fullmatch(r"[A-Za-z][\w&. -]{0,20}", said) else None


@check("firm")
def _firm(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    """Called by its name, and no place where one may simply be: 腾讯, not 图书馆."""
    found = _organisation(sentence, start, end)
    return (
        None
        if found is None or sentence.text[slice(*found)].endswith(sentence.rules.lists["place_end"] + ("公司", "单位", "医院", "银行"))
        else found
    )


@check("employer")
def _employer(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _place(sentence, start, end)
    return found if found and _is_known_place(sentence, *found) else None


def _is_known_place(sentence: Sentence, start: int, end: int) -> bool:
    said, lists = sentence.text[start:end], sentence.rules.lists
    ends = (
        "市",
        "省",
        "县",
        "区",
        "镇",
        "村",
        "国",
        "州",
        "岛",
        "路",
        "街",
        "市中心",
        "郊区",
        "海边",
        "老家",
        "国外",
        "海外",
        "乡下",
        "农村",
        "线上",
        "家",
        "家里",
        "附近",
    )
    return said in lists["place"] or said in lists["country"] or said.endswith(ends)


@check("school")
def _school(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 20)
    said = sentence.text[slice(*found)] if found else ""
    return found if found and said.endswith(sentence.rules.lists["school_end"]) and not re.search(r"[从在于到了]|已经", said) else None


@check("job")
def _job(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 14)
    if found is None or sentence.text[found[0]] in "做当干":
        return None
    said = sentence.text[slice(*found)]
    if (
        not said.endswith(sentence.rules.lists["job_end"])
        or said.endswith(sentence.rules.lists["no_job"])
        or (sentence.words_in(*found)[0].tag in ("PER", "v", "p", "d") and len(said) > 6)
    ):
        return None
    return found if "的" not in said[-4:] or said.endswith(("生", "者")) else None


@check("trade")
def _trade(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _thing(sentence, start, end)
    return (
        found if found and found[1] - found[0] <= 8 and sentence.text[slice(*found)] not in ("好", "自己", "喜欢", "新", "兼职") else None
    )


def _listed(name: str, longest: int = 12) -> Check:
    def found(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
        start, end = trim(sentence, start, end)
        if match := _DEGREE.match(sentence.masked, start, end):
            start = match.end()
        return (start, end) if sentence.masked[start:end] in sentence.rules.lists[name] and end - start <= longest else None

    return found


for _name in ("feeling", "trait", "ability", "instrument", "sport", "country", "attribute", "faith", "possession"):
    CHECKS[_name] = _listed(_name)
CHECKS["fullfeeling"] = _listed("feeling")
CHECKS["traitperson"] = _listed("trait_person")


def _matching(pattern: str, longest: int = 28) -> Check:
    compiled = re.compile(pattern)

    def found(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
        start, end = trim(sentence, start, end)
        return (
            (start, end)
            if end - start <= longest and compiled.fullmatch(sentence.text, start, end) and QUOTE not in sentence.masked[start:end]
            else None
        )

    return found


for _name, _shape in rules().shapes.items():
    CHECKS[_name] = _matching(_shape)
CHECKS["language"] = lambda sentence, start, end: (
    found
    if (found := plain(sentence, start, end, 8))
    and sentence.text[slice(*found)].endswith(sentence.rules.lists["language_end"])
    and sentence.text[slice(*found)] not in sentence.rules.lists["no_language"]
    else None
)


def _allergen(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    start, end = trim(sentence, start, end)
    said = sentence.masked[start:end]
    is_plain = 0 < end - start <= 10 and TIME not in said and not is_blank(sentence, start, end)
    return (start, end) if is_plain and not _NO_ALLERGEN.search(said) else None


CHECKS["allergen"] = _allergen
CHECKS["titledkind"] = lambda sentence, start, end: _kind(sentence, start, end)


def _pet(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    inside = sentence.words_in(start, end)
    named = len(inside) <= 2 and all(word.tag in NOUNS | {"nr", "nw", "a"} for word in inside)
    return (start, end) if named and sentence.is_boundary(end) and end - start < 6 else None


CHECKS["pet"] = _pet


def _date(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    said = sentence.text[start:end]
    return (
        (start, end)
        if re.search(r"\d|[一二三四五六七八九十〇零][月年日号]|初[一二三四五六七八九十]|除夕|元旦|[圣儿劳国情中端].{1,2}节", said)
        else None
    )


CHECKS["date"] = _date


@check("condition")
def _condition(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 12)
    said = sentence.text[slice(*found)] if found else ""
    return (
        found
        if found
        and said.endswith(sentence.rules.lists["condition_end"])
        and "压力" not in said
        and said not in ("病", "伤", "痛", "焦虑", "抑郁")
        else None
    )


@check("book")
def _book(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _titled(sentence, start, end)
    if found is None:
        return None
    context = sentence.text[max(0, start - 8) : end]
    if TITLE in sentence.masked[slice(*found)]:
        return None if re.search(r"[部剧集追刷]|电影|综艺|番", context) and not re.search(r"本|书|读|小说|部小说", context) else found
    return found if sentence.text[slice(*found)].endswith(sentence.rules.lists["book_end"]) else None


@check("show")
def _show(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _titled(sentence, start, end)
    if found is None:
        return None
    return (
        found
        if TITLE in sentence.masked[slice(*found)] or sentence.text[slice(*found)].endswith(sentence.rules.lists["show_end"])
        else None
    )


def _titled(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    """The title where there is one: 一本叫做《活着》的书 is 活着."""
    titles = [match.span() for match in re.compile(f"{TITLE}+").finditer(sentence.masked, start, end)]
    if len(titles) == 1:
        return titles[0][0] + 1, titles[0][1] - 1
    return _thing(sentence, start, end)


@check("goods")
def _goods(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _titled(sentence, start, end)
    if found is None:
        return None
    if TITLE in sentence.masked[slice(*found)]:
        return found
    inside, said = sentence.words_in(*found), sentence.text[slice(*found)]
    if inside[-1].tag not in NOUNS or said.endswith(sentence.rules.lists["abstract_end"]):
        return None
    return found


@check("activity", "habit")
def _habit(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 30, _FOOT_OF_DEED)
    if found is None or found[1] - found[0] < 2 or sentence.masked[slice(*found)].endswith(("的时候", "时", "后", "前")):
        return None
    if any(word.text == "了" for word in sentence.words_in(*found)[:-1]):
        return None
    return found if _is_act(sentence, *found) else None


@check("plan")
def _plan(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 30, _FOOT_OF_DEED)
    if found is None or found[1] - found[0] < 2:
        return None
    said = sentence.masked[slice(*found)]
    if (
        (said.startswith(sentence.rules.leave["talk"]) and not said.startswith(sentence.rules.lists["meant"]))
        or said.endswith(("的时候", "时", "后", "前"))
        or re.search(r"[你您她它]|(?<!其)他|^不", said)
    ):
        return None
    return found if _is_act(sentence, *found) else None


def _is_act(sentence: Sentence, start: int, end: int) -> bool:
    """Whether it begins with a verb, or with words that lead to one (在家里看书, 和朋友去玩)."""
    inside = sentence.words_in(start, end)
    if inside[0].tag in ("v", "vn", "vd"):
        return inside[0].text not in sentence.rules.lists["stative"] or inside[0].text in ("成为", "让", "有")
    if inside[0].tag in ("p", "d", "a", "ad", "c", "m", "TIME", "q") or inside[0].text in ("自己", "一起"):
        return any(word.tag in ("v", "vn") and word.text not in sentence.rules.lists["stative"] for word in inside[1:])
    return False


@check("clause", "worry")
def _clause(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 24)
    return found if found and found[1] - found[0] >= 2 and sentence.masked[found[0]] not in "了过着得" else None


@check("matter")
def _matter(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 24)
    return found if found and found[1] - found[0] >= 3 else None


@check("wished")
def _wished(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _thing(sentence, start, end)
    if found is None or found[1] - found[0] < 2:
        return None
    inside = sentence.words_in(*found)
    return found if inside[-1].tag in NOUNS and not any(word.tag == "v" for word in inside[:1]) else None


@check("need")
def _need(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = _thing(sentence, start, end)
    return found if found and found[1] - found[0] >= 4 and not re.match(r"注意|考虑|一个|更多|再", sentence.text[slice(*found)]) else None


@check("selfview")
def _selfview(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    start, end = trim(sentence, start, end, _FOOT_OF_DEED)
    said = sentence.masked[start:end]
    if not 4 <= end - start <= 24 or QUOTE in said or _NO_SELFVIEW.search(said) or not _DOUBTS_SELF.search(said):
        return None
    return start, end


_NO_ALLERGEN = re.compile(
    r"自己|担心|怀疑|怕|[对会我你他她不没就又吃喝碰是容查从很的以已]|小时|体质|季节|皮肤|容易|经常|严重|轻微|药物引起"
)
_NO_OPINION = re.compile(
    r"[你您]|压力|^(?:它|他|她|是|不|好像|还|很|非常|有点|可以|应该|有道理|没|这(?:样|是|也|听|很|真|确|都)|这(?:个|些|种)(?:建议|主意|方法|想法|办法|做法|意见)|那|我们|我(?:可以|会|能|应该)|以后|好)|建议|主意|办法|聊天|说得|说的|不错\Z"
)
_DOUBTS_SELF = re.compile(r"没|不|缺乏|缺少|有限|难|无法|吃力|失败|差|退步|落后|浪费|迷失|停滞|被|无聊|枯燥|乏味|单调|失去|忙|累")
_NO_SELFVIEW = re.compile(r"压力|[你您]|这|那|它|建议|主意|方法|不错|有道理|很好|好多了|可以|应该|不用|听起来|不同意")


@check("opinion")
def _opinion(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    start, end = trim(sentence, start, end, _FOOT_OF_DEED)
    said = sentence.masked[start:end]
    if not 5 <= end - start <= 40 or QUOTE in said or _NO_OPINION.search(said):
        return None
    inside = sentence.words_in(start, end)
    if inside[0].tag in ("a", "ad", "an", "d") and not any(word.tag == "v" for word in inside[1:]):
        return None
    return (start, end) if inside[0].tag in NOUNS | {"v", "r", "nw", "m", "p", "a", "ad", "vd"} and len(inside) > 2 else None


@check("event")
def _event(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 30, _FOOT_OF_DEED)
    if found is None or found[1] - found[0] < 3:
        return None
    inside = sentence.words_in(*found)
    said = sentence.masked[slice(*found)]
    verbs = [word for word in inside if word.tag == "v" and word.text not in ("去", "来", "到")]
    if not verbs and re.match(r"[去来到](?:了|过)", said):
        return found
    if (
        inside[0].tag not in ("v", "p", "vd")
        or not verbs
        or verbs[0].text in sentence.rules.lists["stative"]
        or (inside[0].tag != "p" and inside[0].text in sentence.rules.lists["stative"])
    ):
        return None
    if (
        re.search(r"[下刮].{0,6}[雨雪风]", said)
        or (said.startswith("在") and said.endswith("工作"))
        or said.startswith(sentence.rules.lists["no_event"])
        or said.endswith(sentence.rules.lists["no_event_end"])
    ):
        return None
    return found


@check("description")
def _description(sentence: Sentence, start: int, end: int) -> tuple[int, int] | None:
    found = plain(sentence, start, end, 14)
    if found is None:
        return None
    said = sentence.text[slice(*found)]
    return (
        found
        if said.endswith(sentence.rules.lists["describes_end"]) and sentence.words_in(*found)[0].tag in ("n", "nz", "a", "vn", "LOC", "m")
        else None
    )


_ANCHORS = frozenset("是叫非数")
"""Behind these, which a pattern names, a value begins wherever words are cut."""
_EDGE = " \t\u3000“”\"「」『』‘’'、，,：:·"
_EDGE_BEHIND = _EDGE + "。.！!？?~～"
_MEASURES = frozenset("个只条本部辆台架把套栋艘块件双幅张支副座间棵盆瓶箱匹头株串份款家所门项场次杯碗盘顿篇档")
_HEAD = re.compile(
    rf"(?:一|某|几|好几)(?!个人)(?:{'|'.join(rules().words['measure'])})(?:新的?|小小的|很?漂亮的|非常.{{1,4}}的|很.{{1,3}}的)?(?!月|年|天|周|小时|人\Z)|一些|一点儿?|各种各样的?|各种|各类|很多|许多|不少|(?:我|我们|他|她|自己|咱们)的?(?:的)|自己的?|了|过(?!敏|程|期|山)|着|(?:叫做?|名叫|名为)(?=[{TITLE}“])|新的|很|非常|特别(?!是)|一下|的(?!士|确)|一起|关于"
)
_FOOT = re.compile(
    r"(?:等等|等|之类的?|什么的|方面的?(?:东西)?|一类的?|这类的?|这样的?|的东西|的事情|的事|的活动|这件事|的运动|这些|的那种|的感觉|之间)\Z|(?:了|吧|呢|啊|呀|哦|嘛|哈|的)\Z"
)
_FOOT_OF_DEED = re.compile(r"(?:等等|等)\Z|(?:了|吧|呢|啊|呀|哦|嘛|哈)\Z")
_COMMA = re.compile(r"、|以及|还有|(?<!因)及(?!时|格)|或者")
_AND = frozenset("和 与 跟 及 以及 还有 或 或者 并".split())
_POINTS = re.compile(r"(?:这|那)(?:本|部|首|家|件|只|位|款|场|次|座|道|张|条|份|门|幅|支|台|辆|样|是|也|就|不|都|$)")
_NOT_THING = re.compile(
    r"[了过着得地]|上了?\Z|不|没|就|都|也|才|却|但|在\Z|是(?!枝)|会|能|可(?![乐可口颂丽])|应该|需要|到|完(?!全|美)|好\Z|起来|出来|下去|说|听(?=说|起来)|看(?=来|起来|到|见|着)|自己\Z|怎|极|死|一直|非常|很"
)
_NOT_NAME = re.compile(
    r"[了着过的是在有和我你他她它这那谁们吗呢吧做起来醒什么]|外卖|滴滴|出租车|救护车|停|苦|好|车\Z|人\Z|回家|服务|家长|起床|家教|快递|司机|上门"
)
_LATIN_NAME = re.compile(r"[A-Z][A-Za-z.'-]{0,20}(?: [A-Z][A-Za-z.'-]{0,20}){0,2}")
SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊甄曲家封芮储靳邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖涂覃佟岳欧阳司马上官诸葛"
)
_DEGREE = re.compile(
    r"(?:很|非常|特别|十分|挺|蛮|超级|超|太|比较|相当|极其|有点儿?|有些|更加|更|略|略微|稍微|过于|又|既|还|也|越来越|无比|一丝|一些|深深的)+"
)
