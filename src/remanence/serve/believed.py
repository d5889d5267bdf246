"""Facts, their effects and entities come in; tables for people go out: each fact with its dates, its standing, its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from remanence.serve.words import BAD, DIM, GOOD, LISTED, MARKED, TITLE, brief, flow, plural, safe, seconds, shortened, when
from remanence.types import Action, Effect, Entity, Episode, Evidence, Fact, Graph, Profile, Status

if TYPE_CHECKING:
    from rich.console import Console

    from remanence.distill.flow import Distilled

STANDS = {Status.CURRENT: GOOD, Status.ENDED: DIM, Status.CONTESTED: MARKED, Status.RETRACTED: BAD}
DATED = {"year": "%Y", "month": "%Y-%m", "season": "~%Y-%m", "week": "~%Y-%m-%d", "hour": "%Y-%m-%d %H:%M", "minute": "%Y-%m-%d %H:%M"}
"""How a moment is written that is known to such a unit; all others are days."""
UNIT = {"decade": timedelta(days=3653), "year": timedelta(days=366), "season": timedelta(days=92), "month": timedelta(days=31)}
MOMENT = timedelta(microseconds=1)
ROOMY = 100
"""Columns from which on a table has room for sources."""
AROUND = 60
"""Characters shown on each side of the words that a fact rests on."""
DONE = {
    Action.ASSERT: ("+", GOOD, "so"),
    Action.CONFIRM: ("=", DIM, "borne out"),
    Action.SUPERSEDE: ("■", "cyan", "ended"),
    Action.CONTEST: ("?", MARKED, "contested"),
    Action.RETRACT: ("✗", BAD, "taken back"),
}

# ---------------------------------------------------------------------- when


def since(fact: Fact) -> str:
    """When it began, to the unit in which that is known, by the calendar of those who said it."""
    if fact.valid_from is None:
        return "–"
    return dated(fact.valid_from, "" if is_undated(fact) else fact.precision)


def until(fact: Fact) -> str:
    """When it ended; of a whole day, month or year in which it happened, that one and not the first moment after it."""
    if fact.valid_to is None:
        return "–"
    last = dated(fact.valid_to - MOMENT, fact.precision)
    is_told = bool(fact.precision) and is_undated(fact)
    is_brief = fact.valid_from is not None and fact.valid_to - fact.valid_from <= UNIT.get(fact.precision, timedelta(days=1))
    is_whole = fact.precision in ("year", "month") and last != dated(fact.valid_to, fact.precision)
    if is_told or is_brief or is_whole:
        return last
    return dated(fact.valid_to, fact.precision if fact.precision in ("hour", "minute") else "")


def is_undated(fact: Fact) -> bool:
    """Whether no words say when it began: then their precision is that of its end."""
    return fact.valid_from is None or any(evidence.said_at == fact.valid_from for evidence in fact.evidence)


def dated(moment: datetime, precision: str) -> str:
    """A moment as it is known."""
    if precision == "decade":
        return f"{moment.year // 10 * 10}s"
    return moment.strftime(DATED.get(precision, "%Y-%m-%d"))


# ---------------------------------------------------------------------- facts


def facts(console: Console, found: Sequence[Fact], said: Mapping[str, Any]) -> None:
    """One row a fact; under a contested one, who said it and what stands against it."""
    if not found:
        console.print("Nothing is known of that. `recall` searches the words themselves.")
    else:
        console.print(table(found, said.get("rivals", {}), console.width))
    drawn(console, said)


def table(found: Sequence[Fact], rivals: Mapping[str, Fact], width: int) -> Table:
    """Facts with dates, standing and sources."""
    is_roomy = width >= ROOMY
    dates = [(since(fact), until(fact)) for fact in found]
    taken = max(5, *(len(a) for a, _ in dates)) + max(5, *(len(b) for _, b in dates)) + 9 + 9 + 8 + (14 if is_roomy else 0)
    made = Table(box=None, header_style=DIM, padding=(0, 2, 0, 0))
    for name in ("fact", "since", "until", "status", *(("said in",) if is_roomy else ()), "id"):
        made.add_column(name, no_wrap=name != "fact")
    for fact, (began, ended) in zip(found, dates, strict=True):
        words = told(fact, rivals, max(16, width - taken - 2))
        row: list[str | Text] = [words, began, ended, Text(fact.status, STANDS[fact.status])]
        made.add_row(*row, *((Text(sources(fact), DIM),) if is_roomy else ()), Text(brief(fact.id), DIM))
    return made


def told(fact: Fact, rivals: Mapping[str, Fact], width: int) -> Text:
    """What a fact says; of a contested one, who says so and what stands against it."""
    lines = [flow(Text(safe(fact.text), DIM if fact.status in (Status.ENDED, Status.RETRACTED) else ""), width)]
    if fact.status is Status.CONTESTED or fact.rivals:
        lines.append(flow(Text(f"said {'; '.join(map(witness, fact.evidence))}", DIM), width, 2))
    for rival in fact.rivals:
        if rival in rivals:
            lines.append(flow(Text(f"against {brief(rival)}: {safe(rivals[rival].text)}", DIM), width, 2))
    return Text("\n").join(lines)


def witness(evidence: Evidence) -> str:
    """When, by whom and where something was said."""
    return safe(" ".join([f"{evidence.said_at:%Y-%m-%d}", *filter(None, (evidence.speaker, evidence.source))]))


def sources(fact: Fact) -> str:
    """The first episode that a fact rests on, and how many more there are."""
    episodes = list(dict.fromkeys(evidence.episode for evidence in fact.evidence))
    return brief(episodes[0]) + (f" +{len(episodes) - 1}" if episodes[1:] else "") if episodes else ""


def drawn(console: Console, said: Mapping[str, Any]) -> None:
    """Where the picture lies, if one was wanted."""
    if said.get("picture"):
        console.print(Text(f"picture: {said['picture']}", DIM), soft_wrap=True)


def fact(console: Console, found: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """A fact in full: how it stands, since when, on whose words."""
    shown: Fact = found["fact"]
    about = Table.grid(padding=(0, 2))
    rows = [("since", since(shown)), ("until", until(shown)), ("relation", f"{shown.relation} {safe(shown.qualifier)}".strip())]
    rows += [("confidence", f"{shown.confidence:.2f}, on the word of: {shown.trust}" + (" (quarantined)" if shown.quarantined else ""))]
    rows += [("against", f"{safe(rival.text)}  {rival.id}") for rival in found["rivals"]]
    for name, value in rows:
        about.add_row(Text(name, DIM), value)
    title = Text.assemble((safe(shown.text), TITLE), "  ", (shown.status, STANDS[shown.status]))
    console.print(Panel(about, title=title, title_align="left", expand=False, subtitle=Text(shown.id, DIM), subtitle_align="left"))
    episodes: Mapping[str, Episode] = found["episodes"]
    for evidence in shown.evidence:
        console.print(Text.assemble(("  " + witness(evidence), "cyan"), (f"  {evidence.stance}  ", DIM), (evidence.episode, DIM)))
        if evidence.episode in episodes:
            console.print(flow(quoted(episodes[evidence.episode].text, evidence), console.width, 4))
    history(console, found["history"], said)


def quoted(text: str, evidence: Evidence) -> Text:
    """The words that a fact rests on, standing out from what stands around them."""
    before, words, after = text[: evidence.start], text[evidence.start : evidence.end], text[evidence.end :]
    shown = Text.assemble(safe(clipped(before, from_end=True)), (safe(shortened(words)), MARKED), safe(clipped(after)))
    return Text(" ").join(line for line in shown.split("\n") if line.plain.strip())


def clipped(text: str, from_end: bool = False) -> str:
    """The part of `text` that is next to what it stands beside."""
    if len(text) <= AROUND:
        return text
    return "…" + text[-AROUND:] if from_end else text[:AROUND] + "…"


# ---------------------------------------------------------------------- effects


def effects(console: Console, found: Sequence[Effect]) -> None:
    """What a change did to facts, a line each."""
    if not found:
        console.print(Text("  no fact came of it; `recall` finds the words", DIM))
        return
    known = {effect.fact.id: effect.fact for effect in found}
    shown, renamed = told_apart(found)
    for effect in shown[:LISTED]:
        console.print(flow(line(effect, known), console.width - 2, 2))
    if len(shown) > LISTED:
        console.print(Text(f"  … and {len(shown) - LISTED:,} more", DIM))
    if renamed:
        console.print(Text(f"  = {plural(renamed, 'fact')} told of one who has another name now", DIM))


def told_apart(found: Sequence[Effect]) -> tuple[list[Effect], int]:
    """Effects but for those that only say the same of somebody by another name, and how many facts these are."""
    came = {what(effect.fact): effect for effect in found if effect.before is None}
    went = {what(effect.fact) for effect in found if effect.action is Action.RETRACT and effect.before == effect.fact}
    same = set(came) & went
    return [effect for effect in found if what(effect.fact) not in same and effect.fact.relation != "same_as"], len(same)


def what(fact: Fact) -> tuple[object, ...]:
    """What a fact says and how it stands, whoever it is said of."""
    return (fact.relation, fact.qualifier, fact.object, fact.valid_from, fact.valid_to, fact.status)


def line(effect: Effect, known: Mapping[str, Fact], with_id: bool = True) -> Text:
    """One effect: what it did, the fact, its dates."""
    sign, style, word = DONE[effect.action]
    against = [safe(known[rival].text) for rival in effect.fact.rivals if rival in known]
    doubt = f"against: {'; '.join(against)}" if against and effect.action is Action.CONTEST else ""
    if effect.action is Action.CONFIRM and returned(effect):
        sign, style, word = "+", GOOD, "so again"
    about = [
        Text(part, style) for part, style in ((dates(effect.fact), "cyan"), (doubt, DIM), (effect.fact.id if with_id else "", DIM)) if part
    ]
    return Text("  ").join([Text.assemble((f"{sign} {word}: ", style), safe(effect.fact.text)), *about])


def returned(effect: Effect) -> bool:
    """Whether a fact is so again that had ended, was in doubt or was taken back."""
    return effect.before is not None and effect.before.status is not effect.fact.status is Status.CURRENT


def dates(fact: Fact) -> str:
    """Since when and until when, in words."""
    began, ended = since(fact), until(fact)
    if began == ended:
        return "" if began == "–" else began
    return " ".join(([] if began == "–" else [f"since {began}"]) + ([] if ended == "–" else [f"until {ended}"]))


def history(console: Console, changes: Iterable[Any], said: Mapping[str, Any]) -> None:  # noqa: ARG001
    """Changes with what each did to facts."""
    for change in changes:
        reason = f"  “{safe(change.reason)}”" if change.reason else ""
        console.print(Text.assemble((when(change.made_at), "cyan"), (f"  {change.action}", TITLE), reason, (f"  {change.id}", DIM)))
        effects(console, change.effects)


# ---------------------------------------------------------------------- entities


def entities(console: Console, found: Sequence[Entity], said: Mapping[str, Any]) -> None:  # noqa: ARG001
    """One row an entity."""
    if not found:
        console.print("Nobody and nothing goes by that name.")
        return
    made = Table(box=None, header_style=DIM, padding=(0, 2, 0, 0))
    for name in ("name", "kind", "also called", "facts", "id"):
        made.add_column(name, overflow="fold", justify="right" if name == "facts" else "left")
    for entity in found:
        also = ", ".join(map(safe, entity.aliases))
        made.add_row(Text(safe(entity.name), TITLE), entity.kind, Text(also), str(entity.facts), Text(brief(entity.id), DIM))
    console.print(made)


def graph(console: Console, found: Graph, said: Mapping[str, Any]) -> None:
    """One row for each thing that joins two."""
    if said.get("to") and not found.edges:
        console.print(Text(f"Nothing leads from {safe(said['about'])} to {safe(said['to'])}."))
    elif not found.nodes:
        console.print("Nothing is joined to anything yet; `facts` lists what is known.")
    else:
        made = Table(box=None, header_style=DIM, padding=(0, 2, 0, 0))
        for name in ("what joins them", "since", "until", "status", "id"):
            made.add_column(name, no_wrap=name != "what joins them", overflow="fold")
        for edge in found.edges:
            dates = ("–" if moment is None else dated(moment, "") for moment in (edge.valid_from, edge.valid_to))
            made.add_row(safe(edge.text), *dates, Text(edge.status, STANDS[edge.status]), Text(brief(edge.fact or ""), DIM))
        console.print(made)
        console.print(Text(f"{plural(len(found.nodes), 'name')}, {plural(len(found.edges), 'tie')}", DIM))
    drawn(console, said)


# ---------------------------------------------------------------------- profiles


def profile(console: Console, found: Profile, said: Mapping[str, Any]) -> None:
    """The block as a prompt would hold it, or its slots in a table."""
    if not found.slots:
        console.print("Nothing is known of that. `entities` lists whom and what facts speak of.")
        return
    if said.get("is_table"):
        console.print(slots(found))
    else:
        console.print(Text(safe(found.text)), soft_wrap=True)
    budget = f" of {found.max_tokens}" if found.max_tokens is not None else ""
    left = f" · {found.left_out} left out" if found.left_out else ""
    console.print(Text(f"\n{found.tokens}{budget} tokens · {plural(len(found.slots), 'slot')}{left}", DIM))


def slots(found: Profile) -> Table:
    """What is known, topic by topic, with dates, standing and sources."""
    made = Table(box=None, header_style=DIM, padding=(0, 2, 0, 0))
    for name in ("topic", "fact", "since", "until", "status", "said in", "id"):
        made.add_column(name, no_wrap=name not in ("topic", "fact"), overflow="fold")
    for slot in found.slots:
        for value in slot.values:
            dates = ("–" if moment is None else dated(moment, "") for moment in (value.valid_from, value.valid_to))
            more = f" +{len(value.sources) - 1}" if value.sources[1:] else ""
            said_in = Text(brief(value.sources[0]) + more if value.sources else "", DIM)
            status = Text(value.status, STANDS[value.status])
            made.add_row(f"{slot.topic}/{slot.sub_topic}", safe(value.text), *dates, status, said_in, Text(brief(value.fact), DIM))
    return made


# ---------------------------------------------------------------------- distilling


def distilled(console: Console, made: Distilled, said: Mapping[str, Any]) -> None:  # noqa: ARG001
    """What a model read, put off and cost."""
    read = len(made.readings) - len(made.deferred)
    claims = sum(len(reading.claims) for _, reading in made.readings)
    took = f" · {plural(made.spent.calls, 'call')}, {made.spent.tokens:,} tokens, {seconds(made.spent.seconds)}"
    console.print(Text.assemble(("✓ ", GOOD), f"{plural(read, 'episode')} read, {plural(claims, 'claim')}", (took, DIM)))
    if made.deferred:
        console.print(
            Text(f"  {plural(len(made.deferred), 'episode')} deferred: `remanence distill … --pending` tries them again", "yellow")
        )
    for reason in dict.fromkeys(reading.detail for _, reading in made.readings if reading.state == "deferred"):
        console.print(Text(f"  because {safe(reason)}", DIM))
    for why, count in made.refused.items():
        console.print(Text(f"  refused: {safe(why)} × {count}", "yellow"))
    for failure in made.failures:
        console.print(Text(f"  {safe(failure)}", BAD))
