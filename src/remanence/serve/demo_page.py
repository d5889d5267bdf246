"""The scenes of the demonstration as a page: captions in two languages, words as they were said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from remanence.serve.believed import dates, line, table
from remanence.serve.demo import FOUND_WITHIN, LANGUAGES, Asked, Briefed, Corrected, Forgotten, Left, Recorded, Scene, Scored, Timed, holds
from remanence.serve.demo_story import CHAT, Disputed, Drawn, Heard, Profiled, Understood, Viewed
from remanence.serve.render import certificate, confidence, who
from remanence.serve.words import BAD, DIM, GOOD, TITLE, flow, marked, plural, safe, seconds, shortened, size, when
from remanence.types import Effect, Hit

if TYPE_CHECKING:
    from rich.console import Console

HITS_SHOWN = 1
LONGEST_LINE = 170


def show(console: Console, scene: Scene) -> None:
    """Print one scene."""
    PAGES[type(scene)](console, scene)


def caption(console: Console, english: str, chinese: str) -> None:
    console.print()
    console.print(Rule(Text.assemble((english, TITLE), ("  " + chinese, "cyan")), align="left", style=DIM))


def recorded(console: Console, scene: Recorded) -> None:
    caption(console, "Record: ten days of conversations, word for word", "记录：十天的对话，一字不改")
    took = f"{plural(scene.episodes, 'turn')}, {scene.sessions} sessions, {len(scene.users)} people in {seconds(scene.seconds)}"
    console.print(Text.assemble(("✓ ", GOOD), took, (f"  embedder: {scene.embedder}", DIM)))
    console.print(Text("  " + " · ".join(scene.users), DIM))
    console.print(Text(f"  understood without a model: {plural(scene.facts, 'fact')} · 不用模型，读出事实 {scene.facts} 条", DIM))
    console.print(Text("  one scope each: nobody sees another's memory · 每人一个作用域，互不可见", DIM))
    caption(console, "Recall: the probing questions of MemoryBank (the first of each person)", "回忆：MemoryBank 的提问（每人第一问）")
    console.print(Text("  asked on 7 May 2023, the morning after the last conversation · 于最后一次对话的次日提问\n", DIM))


def asked(console: Console, scene: Asked) -> None:
    if not scene.is_shown:
        return
    question = scene.question
    console.print(Text.assemble((f"{question.user}  ", "cyan"), (question.text, TITLE)))
    missed = Text("✗ evidence not among the first five · 前五条中没有依据", BAD)
    found = missed if scene.rank is None else Text(f"✓ rank {scene.rank}", GOOD)
    expected = Text.assemble(found, (f"  {seconds(scene.seconds)}  expected · 答案: {question.answer}", DIM))
    console.print(flow(expected, console.width, 3))
    for rank, hit in enumerate(scene.hits[: max(HITS_SHOWN, scene.rank or 0)], start=1):
        console.print(one_hit(rank, hit, question.text, holds(hit.episode, question), console.width))
    console.print()


def one_hit(rank: int, hit: Hit, question: str, is_evidence: bool, width: int) -> Text:
    """A hit: source and date, words, why."""
    mark = Text("  ✓ ", GOOD) if is_evidence else Text("    ")
    source = f"  {when(hit.episode.said_at)}  {hit.episode.source} {hit.episode.metadata.get('exchange', '')}  "
    why = "why: " + " · ".join(f"{why.arm} {why.rank}" for why in hit.why)
    head = Text.assemble(mark, f"{rank} ", (who(hit.episode), TITLE), (safe(source), DIM), confidence(hit.confidence))
    return Text("\n").join([head, flow(marked(shortened(hit.episode.text, LONGEST_LINE), question), width, 6), Text(f"      {why}", DIM)])


def scored(console: Console, scene: Scored) -> None:
    every = " · ".join(f"{LANGUAGES[name]} {scene.found[name]}/{scene.asked[name]}" for name in LANGUAGES)
    line = f"All {sum(scene.asked.values())} questions with an answer, evidence among the first {FOUND_WITHIN} · 全部问题前五条命中: "
    console.print(Text.assemble(line, (every, TITLE)))
    note = "These conversations are among those the ranker learnt from; `remanence bench memorybank` scores them unseen."
    console.print(flow(Text(f"{note} · 排序器学过这些对话，基准测试用未见过它们的权重。", DIM), console.width, 2))
    for missed in scene.missed:
        console.print(flow(Text.assemble(("✗ missed · 未命中  ", BAD), safe(missed)), console.width, 2))
    for text, chance in scene.unanswerable:
        line = f"– has no answer in the history · 历史中没有答案: {text} (confidence {chance:.2f})"
        console.print(flow(Text(line, DIM), console.width, 2))


def briefed(console: Console, scene: Briefed) -> None:
    caption(console, f"Context for a prompt, at most {scene.context.max_tokens} tokens", "给模型的上下文，不超预算")
    console.print(Text.assemble((f"{scene.user}  ", "cyan"), (scene.question, TITLE)))
    used = f"{scene.context.tokens} of {scene.context.max_tokens} tokens, {plural(len(scene.context.citations), 'source')}"
    console.print(
        Panel(flow(Text(safe(scene.context.text)), console.width - 4), subtitle=Text(used, DIM), subtitle_align="right", border_style=DIM)
    )


def corrected(console: Console, scene: Corrected) -> None:
    caption(console, "Correct: nothing is overwritten, each date keeps its truth", "更正：不覆盖，各时点各有其真")
    console.print(Text.assemble(("− ", BAD), f"{when(scene.old.said_at)}  ", safe(scene.old.text)))
    console.print(Text.assemble(("+ ", GOOD), "2023-05-07  ", safe(scene.text)))
    console.print(Text.assemble((f"{scene.user}  ", "cyan"), (scene.question, TITLE)))
    for view in scene.views:
        seen = Text(" ").join(Text.assemble((f"#{rank} ", GOOD), safe(text)) for rank, text in view.seen)
        console.print(
            Text.assemble((f"   as of {view.as_of[:10]}  ", DIM), seen or Text("neither among the first ten · 前十条中没有", BAD))
        )


def understood(console: Console, scene: Understood) -> None:
    caption(console, f"What is so, and since when: {scene.user} tells", f"事实与时间：{scene.user}的话")
    console.print(Text("  words of our own; rules read them, no model · 这段话是我们编的；由规则读出，不用模型", DIM))
    for heard in scene.heard:
        console.print(told(heard, console.width))
        outcomes(console, heard.effects)


def told(heard: Heard, width: int) -> Text:
    """What was said, and when."""
    source = "" if heard.source == CHAT else f"{heard.source}: "
    return flow(Text.assemble((f"{heard.said_at}  ", "cyan"), (source, DIM), safe(heard.text)), width)


def outcomes(console: Console, effects: Sequence[Effect]) -> None:
    """What a change did to facts."""
    if not effects:
        console.print(Text("    – no fact comes of it · 不成为事实", DIM))
    known = {effect.fact.id: effect.fact for effect in effects}
    for effect in effects:
        console.print(flow(line(effect, known, with_id=False), console.width, 4))


def viewed(console: Console, scene: Viewed) -> None:
    for moment, seen in scene.views:
        console.print(Text.assemble((f"  as of {moment} · 当时  ", DIM), safe(" · ".join(seen)) or Text("–")))


def disputed(console: Console, scene: Disputed) -> None:
    caption(console, f"In doubt: two sources about {scene.user}; one taken back; that undone", "存疑：两个来源都留着；收回其一；再撤销")
    console.print(told(scene.heard, console.width))
    console.print(table(scene.facts, {fact.id: fact for fact in scene.facts}, console.width))
    for what, effects in (("retract · 收回", scene.retracted), ("undo · 撤销", scene.undone)):
        console.print(Text(f"  {what}", TITLE))
        outcomes(console, effects)


def profiled(console: Console, scene: Profiled) -> None:
    made = scene.profile
    caption(console, f"A profile as a prompt block, at most {made.max_tokens} tokens", "人物画像，可直接放进提示词")
    used = f"{made.tokens} of {made.max_tokens} tokens, {plural(len(made.slots), 'slot')}" + (
        f", {made.left_out} left out" if made.left_out else ""
    )
    console.print(Panel(flow(Text(safe(made.text)), console.width - 4), subtitle=Text(used, DIM), subtitle_align="right", border_style=DIM))


def drawn(console: Console, scene: Drawn) -> None:
    caption(console, f"Pictures: {scene.user}'s graph and timeline", "图：人物关系与时间线")
    for file in (scene.graph, scene.timeline):
        console.print(Text(f"  {file}"), soft_wrap=True)
    console.print(Text("  SVG: any browser shows them · 用浏览器打开", DIM))


def forgotten(console: Console, scene: Forgotten) -> None:
    caption(console, "Forget: erased from search and from the bytes, with proof", "遗忘：从检索和字节中抹去，并出具证明")
    for episode in scene.erased:
        console.print(Text.assemble(("− ", BAD), (who(episode), TITLE)))
        console.print(flow(Text(safe(shortened(episode.text, LONGEST_LINE))), console.width, 2))
    for fact in scene.facts:
        gone = Text.assemble(("− fact · 事实  ", BAD), safe(fact.text), (f"  {dates(fact)}", "cyan"))
        console.print(flow(gone, console.width))
    console.print(certificate(scene.certificate))
    gone = Text("✓ no longer found · 再也找不到", GOOD)
    verdict = Text("✗ the words are still found · 仍能找到原话", BAD) if scene.is_still_found else gone
    console.print(Text.assemble((f"{scene.user}  ", "cyan"), (scene.question + "  ", TITLE), verdict))


def timed(console: Console, scene: Timed) -> None:
    caption(console, "Timings on this machine", "本机用时")
    console.print(
        f"record {scene.episodes_per_second:,.0f} turns/s · recall p50 {scene.recall_p50_ms:.1f} ms, p95 {scene.recall_p95_ms:.1f} ms "
        f"(question's embedding included) · forget with proof {scene.forget_ms:.0f} ms · file {size(scene.bytes)}"
    )


def left(console: Console, scene: Left) -> None:
    caption(console, "Yours to play with", "接着玩")
    for command in scene.commands:
        console.print(Text(f"  {command}"), soft_wrap=True)


PAGES: dict[type[Any], Callable[[Any, Any], None]] = {
    Recorded: recorded,
    Asked: asked,
    Scored: scored,
    Briefed: briefed,
    Corrected: corrected,
    Understood: understood,
    Viewed: viewed,
    Disputed: disputed,
    Profiled: profiled,
    Drawn: drawn,
    Forgotten: forgotten,
    Timed: timed,
    Left: left,
}
