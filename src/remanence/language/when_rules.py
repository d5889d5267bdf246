"""The words English and Chinese have for times, as tables to extend; `when` turns them into intervals.

Months and days of the year are written (month, day); parts of the day (first hour, hour after the last), where an hour
beyond 24 is of the next day.
"""

# ruff: noqa: E501 - a table row reads best as one line.
from __future__ import annotations

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon",
            "tuesday tues tue",
            "wednesday wed",
            "thursday thurs thur thu",
            "friday fri",
            "saturday sat",
            "sunday sun",
        )
    )
    for name in names.split()
}

CLEAR_MONTHS = frozenset({"january", "february", "july", "september", "october", "november", "december"})
"""Months that are times wherever they stand; the others are names or verbs too, and need a clue beside them."""

CLEAR_WEEKDAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})

CAPITAL_ONLY = frozenset({"may", "march", "mar", "sat", "sun", "wed", "mon", "dec", "jan"})
"""Words that are a time without a year or an ordinal only when written with a capital."""

TIME_CLUES = frozenset(
    (
        "in on since until till by during from to between before after through throughout last next this past of early "
        "mid late around every starting back"
    ).split()
)
"""A month or year that would be doubtful alone is a time behind one of these words."""

YEAR_CLUES = frozenset("in since until till by during from to between before after through throughout of early mid late circa year".split())

AHEAD = (
    r"\b(?:will|won't|gonna|going to|plan(?:s|ning|ned)? (?:to|on|for)|upcoming|coming up|look(?:ing)? forward|can't wait|hop(?:e|ing) to|"
    r"excited for|excited about|scheduled|booked|remind me|starting|we should|let's|due|deadline)\b|'ll\b|’ll\b|\bgoing (?:on|there|camping|hiking)\b"
)
"""Words before a time, in its sentence, by which it lies ahead."""

AHEAD_BEHIND = r"[,\s]{1,3}(?:i|we|he|she|they|it|you)?(?:\s?['’](?:ll|m going|re going)|\s(?:will|am going|are going|is going))\b"
"""Words right behind a time by which it lies ahead."""

AHEAD_ZH = r"打算|计划|准备|将|即将|想要|安排|预定|预计|期待|下次|(?<![不需主重])要(?![是求么])|(?<![不机学社聚开都体])会(?![议员])"
AHEAD_ZH_BEHIND = r".{0,4}?(?:打算|计划|准备|将要|即将|(?<![不需主重])要(?![是求么])|(?<![不机学社聚开都体])会(?![议员]))"

NUMBERS = {
    word: number
    for number, word in enumerate(
        (
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
            "eighteen nineteen twenty"
        ).split(),
        start=1,
    )
} | {"a": 1, "an": 1, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}

VAGUE = {"couple": (2, 3), "few": (2, 5), "several": (3, 7)}
"""Amounts without a number: how few, how many."""

VAGUE_ZH = {"几": (2, 6), "数": (2, 6), "好几": (3, 8), "若干": (2, 6), "两三": (2, 3), "三四": (3, 4), "三五": (3, 5)}

ORDINALS = {
    word: number
    for number, word in enumerate(
        (
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third "
            "twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
        ).split(),
        start=1,
    )
}

DECADES = {"fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90}

SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""First month of each; a season is three months, of the northern half of the world."""

SEASONS_ZH = {"春": 3, "夏": 6, "秋": 9, "冬": 12}

PARTS = {
    "morning": (5, 12),
    "noon": (11, 14),
    "lunchtime": (11, 14),
    "afternoon": (12, 18),
    "evening": (17, 24),
    "night": (18, 30),
}

PARTS_ZH = {
    "凌晨": (0, 6),
    "清晨": (5, 9),
    "早晨": (5, 10),
    "早上": (5, 12),
    "早": (5, 12),
    "晨": (5, 9),
    "上午": (6, 12),
    "中午": (11, 14),
    "下午": (12, 18),
    "傍晚": (17, 20),
    "晚上": (17, 30),
    "晚": (17, 30),
    "夜里": (18, 30),
    "夜晚": (18, 30),
    "夜": (18, 30),
    "半夜": (22, 30),
    "深夜": (22, 30),
}

DAYS_ZH = {
    "今天": 0,
    "今日": 0,
    "今儿": 0,
    "昨天": -1,
    "昨日": -1,
    "昨儿": -1,
    "前天": -2,
    "大前天": -3,
    "明天": 1,
    "明日": 1,
    "明儿": 1,
    "后天": 2,
    "大后天": 3,
}

YEARS_ZH = {"今年": 0, "本年": 0, "去年": -1, "前年": -2, "大前年": -3, "明年": 1, "后年": 2}

STEPS_ZH = {"上": -1, "上上": -2, "上一": -1, "这": 0, "这一": 0, "本": 0, "下": 1, "下下": 2, "下一": 1}

# Lunar feasts move; their days, 1990 to 2050, were computed once with the package `lunardate` 0.2.
LUNAR_FROM = 1990
SPRING_FESTIVAL = (
    "0127 0215 0204 0123 0210 0131 0219 0207 0128 0216 0205 0124 0212 0201 0122 0209 0129 0218 0207 0126 0214 0203 0123 0210 "
    "0131 0219 0208 0128 0216 0205 0125 0212 0201 0122 0210 0129 0217 0206 0126 0213 0203 0123 0211 0131 0219 0208 0128 0215 "
    "0204 0124 0212 0201 0122 0210 0130 0217 0206 0126 0214 0202 0123"
)
DRAGON_BOAT = (
    "0528 0616 0605 0624 0613 0602 0620 0609 0530 0618 0606 0625 0615 0604 0622 0611 0531 0619 0608 0528 0616 0606 0623 0612 "
    "0602 0620 0609 0530 0618 0607 0625 0614 0603 0622 0610 0531 0619 0609 0528 0616 0605 0624 0612 0601 0620 0610 0530 0618 "
    "0607 0527 0614 0603 0622 0611 0531 0619 0608 0529 0615 0604 0623"
)
DOUBLE_SEVENTH = (
    "0826 0816 0805 0824 0813 0802 0820 0809 0828 0817 0806 0825 0815 0804 0822 0811 0731 0819 0807 0826 0816 0806 0823 0813 "
    "0802 0820 0809 0828 0817 0807 0825 0814 0804 0822 0810 0829 0819 0808 0826 0816 0805 0823 0812 0801 0820 0810 0828 0817 "
    "0807 0826 0814 0803 0822 0811 0731 0819 0808 0827 0816 0805 0823"
)
MID_AUTUMN = (
    "1003 0922 0911 0930 0920 0909 0927 0916 1005 0924 0912 1001 0921 0911 0928 0918 1006 0925 0914 1003 0922 0912 0930 0919 "
    "0908 0927 0915 1004 0924 0913 1001 0921 0910 0929 0917 1006 0925 0915 1003 0922 0912 1001 0919 0908 0927 0916 1004 0924 "
    "0913 1002 0920 0910 0928 0917 1005 0925 0915 1004 0922 0911 0930"
)
DOUBLE_NINTH = (
    "1026 1016 1004 1023 1013 1101 1020 1010 1028 1017 1006 1025 1014 1004 1022 1011 1030 1019 1007 1026 1016 1005 1023 1013 "
    "1002 1021 1009 1028 1017 1007 1025 1014 1004 1023 1011 1029 1018 1008 1027 1016 1005 1024 1012 1001 1020 1009 1027 1017 "
    "1007 1026 1014 1003 1022 1011 1029 1018 1008 1027 1016 1005 1024"
)

Feast = tuple[int, int, int] | tuple[str, int, int] | tuple[int, int, int, int]
"""(month, day, how many days), or (lunar table, days after it, how many days), or (month, weekday, which one, how many)."""

HOLIDAYS: dict[str, Feast] = {
    "christmas eve": (12, 24, 1),
    "christmas day": (12, 25, 1),
    "christmas": (12, 25, 1),
    "xmas": (12, 25, 1),
    "boxing day": (12, 26, 1),
    "new year's eve": (12, 31, 1),
    "new years eve": (12, 31, 1),
    "new year's day": (1, 1, 1),
    "new years day": (1, 1, 1),
    "new year's": (1, 1, 1),
    "valentine's day": (2, 14, 1),
    "valentines day": (2, 14, 1),
    "st patrick's day": (3, 17, 1),
    "independence day": (7, 4, 1),
    "fourth of july": (7, 4, 1),
    "halloween": (10, 31, 1),
    "thanksgiving": (11, 3, 4, 1),
    "mother's day": (5, 6, 2, 1),
    "father's day": (6, 6, 3, 1),
    "labor day": (9, 0, 1, 1),
    "chinese new year": (SPRING_FESTIVAL, 0, 7),
    "lunar new year": (SPRING_FESTIVAL, 0, 7),
}

HOLIDAYS_ZH: dict[str, Feast] = {
    "元旦": (1, 1, 1),
    "情人节": (2, 14, 1),
    "妇女节": (3, 8, 1),
    "清明节": (4, 4, 3),
    "清明": (4, 4, 3),
    "五一": (5, 1, 5),
    "劳动节": (5, 1, 5),
    "青年节": (5, 4, 1),
    "母亲节": (5, 6, 2, 1),
    "儿童节": (6, 1, 1),
    "父亲节": (6, 6, 3, 1),
    "教师节": (9, 10, 1),
    "国庆": (10, 1, 7),
    "国庆节": (10, 1, 7),
    "万圣节": (10, 31, 1),
    "双十一": (11, 11, 1),
    "感恩节": (11, 3, 4, 1),
    "平安夜": (12, 24, 1),
    "圣诞": (12, 25, 1),
    "圣诞节": (12, 25, 1),
    "春节": (SPRING_FESTIVAL, 0, 7),
    "除夕": (SPRING_FESTIVAL, -1, 1),
    "元宵": (SPRING_FESTIVAL, 14, 1),
    "元宵节": (SPRING_FESTIVAL, 14, 1),
    "端午": (DRAGON_BOAT, 0, 1),
    "端午节": (DRAGON_BOAT, 0, 1),
    "七夕": (DOUBLE_SEVENTH, 0, 1),
    "中秋": (MID_AUTUMN, 0, 1),
    "中秋节": (MID_AUTUMN, 0, 1),
    "重阳节": (DOUBLE_NINTH, 0, 1),
}

COUNTED = (
    r"people|persons?|words?|met(?:er|re)s?|m|km|kilomet|miles?|dollars?|bucks|euros?|pounds?|yuan|users?|items?|points?|steps?|"
    r"calories|kcal|times|square|feet|ft|lines?|tokens?|pages?|votes?|votes|students?|members?|units?|copies|pieces|bc|bce|px|mb|gb|kg"
)
"""Nouns behind a four-figure number by which it counts things and is no year."""

ASKS_WHEN = (
    r"^\W{0,3}(?:(?:so|and|but|ok|okay|hey|hi),? )?when\b(?! (?:i|we|he|she|they|you|it|my|the|his|her|our|their|this|that|there|a)\b)"
    r"|\bwhen (?:did|do|does|was|were|is|are|am|will|would|should|can|could|has|have|had)\b|\b(?:remember|know|tell me|recall|say|said|ask|about) when\b"
    r"|\b(?:what|which) (?:exact )?(?:day|date|month|year|week|weekday|season|time)\b|\bhow long ago\b|\bsince when\b"
    r"|\bhow many (?:days|weeks|months|years) ago\b|\bon what day\b"
)
ASKS_WHEN_ZH = r"什么时候|啥时候|甚么时候|什么时间|何时|几时|何日|何年|哪一?天|哪一?年|哪个月|哪一个月|哪一?日|哪一?周|哪个(?:星期|礼拜)|几月|几号|几点|几日|多久(?:以|之)?前"
