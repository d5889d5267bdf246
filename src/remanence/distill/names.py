"""What the form of a name tells: a name in, its parts and the other spellings it may have out. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

PLACEHOLDERS = frozenset(
    """user human person speaker assistant ai bot chatbot system narrator i me my mine myself you your yours yourself he him
    his himself she her hers herself it its itself we us our ourselves they them their themselves this that these those one
    who whoever someone somebody anyone anybody everyone everybody nobody people
    我 俺 咱 你 您 他 她 它 我们 咱们 你们 他们 她们 它们 自己 本人 人家 大家 别人 有人 某人 谁 这 那 用户 助手 机器人""".split()
)
"""Words that stand for whoever happens to be meant: they name nobody, and join nobody to anybody."""

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄"
    "聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解"
    "牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
SURNAMES_OF_TWO = frozenset("欧阳 上官 司马 诸葛 司徒 令狐 皇甫 慕容 夏侯 尉迟 长孙 东方 南宫 公孙".split())

SHORTEST_MISSPELT = 6
LONGEST_NAME = 60
"""Longer ones are no names of people or places, whatever they begin with."""

_SPACE = re.compile(r"\s+")
_PARTS = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-ſ][^\W\d_]*(?:['’-][^\W\d_]+)*(?: [A-ZÀ-ÖØ-ÞĀ-ſ][^\W\d_]*(?:['’-][^\W\d_]+)*){0,3}")
_HAN = re.compile(r"[\u4e00-\u9fff]{2,4}")


@lru_cache(maxsize=1 << 16)
def key_of(name: str) -> str:
    """A name as it is compared: compatibility form, case folded, single spaces."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", name)).strip(" .,;:!?'\"，。！？").casefold()


def is_placeholder(key: str) -> bool:
    """Whether a name (as `key_of` writes it) stands for whoever is meant."""
    return key in PLACEHOLDERS


@lru_cache(maxsize=1 << 16)
def is_proper(shown: str) -> bool:
    """Whether it is written as a proper name is: one to four capitalised words, or two to four Chinese characters."""
    shown = shown.strip()
    return len(shown) <= LONGEST_NAME and (_PARTS.fullmatch(shown) or _HAN.fullmatch(shown)) is not None


def is_han(key: str) -> bool:
    return _HAN.fullmatch(key) is not None


def given_names(key: str) -> Iterator[str]:
    """The shorter names that somebody of this full name may go by: Anna Schmidt → Anna; 陈小红 → 小红; 陈红 → 小红."""
    if is_han(key):
        family = 2 if key[:2] in SURNAMES_OF_TWO else 1 if key[0] in SURNAMES else 0
        given = key[family:] if family else ""
        if len(given) == 2:
            yield given
        elif len(given) == 1:
            yield "小" + given
            yield given * 2
    elif " " in key:
        yield key.partition(" ")[0]


def begins(full: str, given: str) -> bool:
    """Whether `given` is part of the full name as it stands, not only a pet form of it."""
    return full.startswith(given + " ") or (is_han(full) and full != given and full.endswith(given))


def is_full(key: str) -> bool:
    """Whether the name has a family name in it."""
    return next(given_names(key), None) is not None


def misspellings(key: str) -> Iterator[str]:
    """Other spellings that are slips rather than other names: two letters swapped inside a word, a letter once for twice.

    Nothing at the ends of a word and no other letter: Maria is not Marie, Michele not Michelle, Marlin not Merlin.
    """
    words = key.split(" ")
    for place, word in enumerate(words):
        if not SHORTEST_MISSPELT <= len(word) <= LONGEST_NAME or not word.isalpha() or is_han(word) or not word[0].isascii():
            continue
        for other in _slips(word):
            yield " ".join([*words[:place], other, *words[place + 1 :]])


def _slips(word: str) -> Iterator[str]:
    for at in range(1, len(word) - 2):
        if word[at] != word[at + 1]:
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if len(word) > SHORTEST_MISSPELT:
        for at in range(1, len(word) - 3):
            if word[at] == word[at + 1]:
                yield word[:at] + word[at + 1 :]


def spelling_class(key: str) -> str | None:
    """Equal for names that may be misspellings of each other; `None` where a name is too short to tell."""
    if not any(len(word) >= SHORTEST_MISSPELT for word in key.split(" ")) or is_han(key):
        return None
    return " ".join(word[0] + "".join(sorted(set(word))) for word in key.split(" "))
