"""Ways in which people ask for what a slot holds: a relation and a language in, questions about another and of oneself out. Data.

The `updates` bench asks in other words (`[question]` in its files), so that what is learnt from these is not measured by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

PHRASINGS: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    "en": {
        "lives_in": (
            ("What city does {who} live in?", "What city do I live in?"),
            ("Where is {who} living these days?", "Where am I living these days?"),
            ("Which town is {who}'s home now?", "Which town is my home now?"),
        ),
        "staying_in": (
            ("What place is {who} staying in right now?", "What place am I staying in right now?"),
            ("Which city is {who} staying in?", "Which city am I staying in?"),
        ),
        "works_at": (
            ("Which company does {who} work for?", "Which company do I work for?"),
            ("Who is {who}'s employer?", "Who is my employer?"),
            ("Where does {who} work now?", "Where do I work now?"),
        ),
        "job": (
            ("What does {who} do for a living?", "What do I do for a living?"),
            ("What is {who}'s profession?", "What is my profession?"),
            ("What kind of job does {who} have?", "What kind of job do I have?"),
        ),
        "favourite": (
            ("Which {q} is {who}'s favourite?", "Which {q} is my favourite?"),
            ("Do you know {who}'s favorite {q}?", "Do you know my favorite {q}?"),
            ("What {q} does {who} like best, the favourite one?", "What {q} do I like best, my favourite one?"),
        ),
        "boss": (
            ("What is the name of {who}'s boss?", "What is the name of my boss?"),
            ("Who is {who}'s manager?", "Who is my manager?"),
        ),
        "born_in": (
            ("What is {who}'s birthplace?", "What is my birthplace?"),
            ("In which city was {who} born?", "In which city was I born?"),
        ),
        "born_on": (
            ("When was {who} born?", "When was I born?"),
            ("What date is {who}'s birthday?", "What date is my birthday?"),
        ),
        "allergic_to": (
            ("Which allergies does {who} have?", "Which allergies do I have?"),
            ("Is {who} allergic to anything?", "Am I allergic to anything?"),
        ),
        "plays": (
            ("Which instrument can {who} play?", "Which instrument can I play?"),
            ("Does {who} play an instrument?", "Do I play an instrument?"),
        ),
        "pet": (
            ("What is {who}'s pet called?", "What is my pet called?"),
            ("Does {who} have any pets?", "Do I have any pets?"),
        ),
        "likes": (
            ("What does {who} enjoy?", "What do I enjoy?"),
            ("Which things does {who} like?", "Which things do I like?"),
        ),
        "dislikes": (
            ("What does {who} hate?", "What do I hate?"),
            ("Which things does {who} not like?", "Which things do I not like?"),
        ),
    },
    "zh": {
        "lives_in": (
            ("{who}住哪儿？", "我住哪儿？"),
            ("{who}家在哪个城市？", "我家在哪个城市？"),
            ("{who}现在住在什么地方？", "我现在住在什么地方？"),
        ),
        "staying_in": (("{who}最近待在哪儿？", "我最近待在哪儿？"), ("{who}现在在哪个城市落脚？", "我现在在哪个城市落脚？")),
        "works_at": (
            ("{who}在哪儿上班？", "我在哪儿上班？"),
            ("{who}的工作单位是哪里？", "我的工作单位是哪里？"),
            ("{who}在哪家公司？", "我在哪家公司？"),
        ),
        "job": (
            ("{who}是做什么工作的？", "我是做什么工作的？"),
            ("{who}的工作是什么？", "我的工作是什么？"),
            ("{who}从事什么职业？", "我从事什么职业？"),
        ),
        "favourite": (("{who}最喜欢哪个{q}？", "我最喜欢哪个{q}？"), ("哪个{q}是{who}最喜欢的？", "哪个{q}是我最喜欢的？")),
        "boss": (("谁是{who}的老板？", "谁是我的老板？"), ("{who}的上司叫什么？", "我的上司叫什么？")),
        "born_in": (("{who}的出生地是哪里？", "我的出生地是哪里？"), ("{who}在哪儿出生的？", "我在哪儿出生的？")),
        "born_on": (("{who}什么时候过生日？", "我什么时候过生日？"), ("{who}生日是几月几号？", "我生日是几月几号？")),
        "allergic_to": (("{who}有什么过敏的？", "我有什么过敏的？"), ("{who}对哪些东西过敏？", "我对哪些东西过敏？")),
        "plays": (("{who}会什么乐器？", "我会什么乐器？"), ("{who}弹什么？", "我弹什么？")),
        "pet": (("{who}养了什么宠物？", "我养了什么宠物？"), ("{who}的宠物叫什么？", "我的宠物叫什么？")),
        "likes": (("{who}有什么爱好？", "我有什么爱好？"), ("{who}对什么感兴趣？", "我对什么感兴趣？")),
        "dislikes": (("{who}讨厌什么？", "我讨厌什么？"), ("什么是{who}不喜欢的？", "什么是我不喜欢的？")),
    },
}


def phrasings(language: str, relation: str, about: str, qualifier: str, is_own: bool) -> Iterator[str]:
    """Questions for the slot; where it is about whoever asks, each also in the first person."""
    for of_another, of_oneself in PHRASINGS[language][relation]:
        yield of_another.format(who=about, q=qualifier)
        if is_own:
            yield of_oneself.format(q=qualifier)
