"""Results come in; cards and tables for people go out. Stored words are shown as data: no markup, no control characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from remanence.serve import believed
from remanence.serve.words import BAD, DIM, GOOD, LISTED, TITLE, brief, flow, marked, plural, safe, seconds, shortened, size, when
from remanence.types import Certificate, Change, Context, Episode, Fact, Finding, Hit, Hits, Probe, Receipt, Stats

if TYPE_CHECKING:
    from rich.console import Console

# ---------------------------------------------------------------------- hits


def hits(console: Console, found: Hits, said: Mapping[str, Any]) -> None:
    """One card a hit, best first."""
    if not found:
        console.print("Nothing found.")
    for rank, hit in enumerate(found, start=1):
        console.print(card(rank, hit, said["question"], console.width))
        if said.get("with_why"):
            console.print(reasons(hit))
        console.print()
    if found:
        console.print(Text(f"{plural(len(found), 'hit')} · confidence {found.confidence:.2f} · {seconds(found.spent.seconds)}", DIM))
    for arm, reason in found.skipped.items():
        console.print(Text(f"left out: {arm} ({reason})", DIM))


def card(rank: int, hit: Hit, question: str, width: int) -> Text:
    """Rank, date, speaker, words and why."""
    head = Text.assemble((f"{rank:>2}  ", TITLE), (when(hit.episode.said_at), "cyan"), "  ", (who(hit.episode), TITLE), "  ")
    why = " · ".join(f"{why.arm} {why.rank}" for why in hit.why)
    about = Text(" · ".join([hit.episode.id, *origin(hit.episode), f"why: {why}"]), DIM)
    words = marked(shortened(hit.episode.text), question)
    return Text("\n").join([head + confidence(hit.confidence), flow(words, width, 4), flow(about, width, 4)])


def confidence(chance: float) -> Text:
    """Five dots and the number."""
    full = round(chance * 5)
    return Text.assemble(("●" * full, GOOD), ("○" * (5 - full), DIM), (f" {chance:.2f}", DIM))


def who(episode: Episode) -> str:
    return safe(episode.speaker or episode.role or episode.kind)


def origin(episode: Episode) -> list[str]:
    """Where an episode comes from: its scope's narrower fields and its source."""
    scope = [f"{name} {value}" for name, value in episode.scope.as_dict().items() if (name, value) != ("tenant", "default")]
    source = [] if episode.source is None else [f"source {episode.source}"]
    return [safe(each) for each in (*scope, *source)] + ([] if episode.is_current else [f"retired {when(episode.retired_at)}"])


def reasons(hit: Hit) -> Table:
    """What every arm thought of a hit."""
    table = Table(box=None, header_style=DIM, padding=(0, 2, 0, 0))
    for name in ("   arm", "rank", "score"):
        table.add_column(name, justify="left" if name.strip() == "arm" else "right")
    for why in hit.why:
        table.add_row(f"   {why.arm}", str(why.rank), f"{why.score:.4f}")
    table.add_row("   fused", "", f"{hit.score:.4f}", style=TITLE)
    return table


def context(console: Console, made: Context, said: Mapping[str, Any]) -> None:  # noqa: ARG001
    """The block as a prompt would hold it, then what it took."""
    console.print(Text(safe(made.text)), soft_wrap=True)
    left = f" · {made.left_out} left out" if made.left_out else ""
    line = f"{made.tokens} of {made.max_tokens} tokens · {plural(len(made.citations), 'source')}{left} · confidence {made.confidence:.2f}"
    console.print(Text(f"\n{line} · {seconds(made.spent.seconds)}", DIM))


# ---------------------------------------------------------------------- one episode


def episode(console: Console, found: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """An episode in full between its neighbours, with its history."""
    shown: Episode = found["episode"]
    for each in found["before"]:
        console.print(line(each))
    about = " · ".join([shown.id, shown.kind, f"trust {shown.trust}", *origin(shown)])
    title = Text(f"{when(shown.said_at)}  {who(shown)}", TITLE)
    words = flow(Text(safe(shown.text)), console.width - 4)
    console.print(Panel(words, title=title, title_align="left"))
    console.print(flow(Text(about, DIM), console.width, 2))
    for each in found["after"]:
        console.print(line(each))
    if shown.metadata:
        console.print(Text("metadata: " + safe(", ".join(f"{name}={value}" for name, value in shown.metadata.items())), DIM))
    history(console, found["history"], said)


def line(shown: Episode) -> Text:
    """An episode on one line, in the background."""
    words = shortened(" ".join(shown.text.split()), 100)
    return Text(f"  {when(shown.said_at)}  {who(shown)}: {safe(words)}  {shown.id}", DIM)


def history(console: Console, changes: Sequence[Change], said: Mapping[str, Any]) -> None:
    """One line a change; with its effects on facts where they are told."""
    if not changes:
        console.print("No changes.")
        return
    if said.get("id"):
        believed.history(console, changes, said)
        return
    table = Table(box=None, header_style=DIM, padding=(0, 2, 0, 0))
    for name in ("made", "what", "episodes", "reason", "change"):
        table.add_column(name, no_wrap=name in ("made", "what", "change"), overflow="fold")
    for change in changes:
        table.add_row(when(change.made_at), Text(change.action, TITLE), touched(change), Text(safe(change.reason)), Text(change.id, DIM))
    console.print(table)
    console.print(Text("What one of them did to facts: `remanence history CHANGE`.", DIM))


def touched(change: Change) -> Text:
    """What a change added, ended and brought back."""
    parts = [("+", change.added, GOOD), ("−", change.retired, BAD), ("↺", change.restored, "cyan")]
    shown = Text()
    for sign, ids, style in parts:
        if ids:
            names = brief(ids[0]) if len(ids) == 1 else plural(len(ids), "episode")
            shown.append(f"{sign} {names} ", style)
    return shown


# ---------------------------------------------------------------------- writing


def receipt(console: Console, made: Receipt, said: Mapping[str, Any]) -> None:
    """What was written, what was already known, refused and redacted, and what was understood of it."""
    fresh = len(made.ids) - len(made.duplicates)
    known = f", {len(made.duplicates):,} known already" if made.duplicates else ""
    console.print(Text.assemble(("✓ ", GOOD), f"{plural(fresh, 'episode')} recorded{known}", (f" · {seconds(made.spent.seconds)}", DIM)))
    for id_ in made.ids[:LISTED]:
        console.print(Text(f"  {id_}", DIM))
    if len(made.ids) > LISTED:
        console.print(Text(f"  … and {len(made.ids) - LISTED:,} more", DIM))
    if made.change:
        console.print(Text(f"  change {made.change}", DIM))
    if made.deferred:
        console.print(Text(f"  {plural(len(made.deferred), 'vector')} deferred: `remanence reindex --pending` makes them", DIM))
    for redaction in made.redactions:
        console.print(Text(f"  redacted: {redaction.kind} × {redaction.count}", "yellow"))
    for refusal in made.refused:
        console.print(Text(f"  refused: item {refusal.index} {safe(refusal.reason)}", BAD))
    told(console, said)


def told(console: Console, said: Mapping[str, Any]) -> None:
    """What was understood, where that was asked for."""
    if said.get("effects") is not None:
        believed.effects(console, said["effects"])
    elif said.get("claims"):
        console.print(Text(f"  {plural(said['claims'], 'claim')} understood: `remanence facts` lists what follows", DIM))


def corrected(console: Console, made: Receipt, said: Mapping[str, Any]) -> None:
    """A correction, and what it did to facts."""
    console.print(Text.assemble(("✓ ", GOOD), "corrected", (f"  {' '.join(made.ids)} · change {made.change}", DIM)))
    told(console, said)


def retracted(console: Console, made: Receipt, said: Mapping[str, Any]) -> None:
    """What was taken back, and what it did to facts."""
    if made.change is None:
        console.print("Nothing matches; there is nothing to take back.")
        return
    what = "taken back" if said.get("what") else f"{plural(len(made.ids), 'episode')} taken back"
    console.print(Text.assemble(("✓ ", GOOD), what, (f"  change {made.change}: `undo` brings it back", DIM)))
    told(console, said)


def merged(console: Console, made: Receipt, said: Mapping[str, Any]) -> None:
    """Two names that are one from now on, unless what else was said keeps them apart."""
    if said.get("is_apart"):
        mark = Text.assemble(("✗ ", BAD), f"{safe(said['one'])} and {safe(said['other'])} stay apart", (f"  change {made.change}", DIM))
        console.print(mark)
        console.print(Text("  A name such as user names nobody; or it was said that the two are not the same.", "yellow"))
        return
    names = f"{safe(said['one'])} and {safe(said['other'])} are one"
    console.print(Text.assemble(("✓ ", GOOD), names, (f"  change {made.change}: `undo` takes them apart", DIM)))
    told(console, said)


def rebuilt(console: Console, made: Receipt, said: Mapping[str, Any]) -> None:
    """What `reindex` did."""
    terms_too = "" if said.get("pending") else "terms rebuilt, "
    console.print(
        Text.assemble(("✓ ", GOOD), f"{terms_too}{plural(made.spent.calls, 'vector')} made", (f" · {seconds(made.spent.seconds)}", DIM))
    )


def exported(console: Console, made: Mapping[str, Any], said: Mapping[str, Any]) -> None:  # noqa: ARG001
    console.print(Text.assemble(("✓ ", GOOD), f"{plural(made['lines'], 'line')} written to {made['file']}"))


def change(console: Console, made: Change, said: Mapping[str, Any]) -> None:
    """A single change, and what it did to facts."""
    console.print(Text.assemble(("✓ ", GOOD), (made.action, TITLE), "  ", touched(made), (f" {made.id}", DIM)))
    told(console, said)


# ---------------------------------------------------------------------- forgetting


def doomed(console: Console, episodes: Sequence[Episode], facts: Sequence[Fact] = (), left: int = 0) -> None:
    """What would go, and which facts with it."""
    console.print(Text(f"{plural(len(episodes), 'episode')} would be forgotten for good:", TITLE))
    for each in episodes[:LISTED]:
        words = shortened(" ".join(each.text.split()), 160)
        mark = "" if each.is_current else f" · retired {when(each.retired_at)}"
        told = (f"  {when(each.said_at)}  ", "cyan"), (f"{who(each)}: ", TITLE), safe(words), (f"  {each.id}{mark}", DIM)
        console.print(flow(Text.assemble(*told), console.width))
    if len(episodes) > LISTED:
        console.print(Text(f"  … and {len(episodes) - LISTED:,} more", DIM))
    if facts:
        console.print(Text(f"and with {'it' if len(episodes) == 1 else 'them'} {plural(len(facts), 'fact')}:", TITLE))
    for fact in facts[:LISTED]:
        console.print(flow(Text.assemble(f"  {safe(fact.text)}", (f"  {believed.dates(fact)}  {fact.id}", DIM)), console.width))
    if len(facts) > LISTED:
        console.print(Text(f"  … and {len(facts) - LISTED:,} more", DIM))
    if left:
        console.print(Text(f"{plural(left, 'fact')} would stay, on other words.", DIM))


def forgotten(console: Console, made: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """A preview, or the certificate."""
    proof: Certificate = made["certificate"]
    if not proof.removed:
        console.print("Nothing matches; there is nothing to forget.")
    elif said.get("preview"):
        doomed(console, made["episodes"], made["facts"], len(proof.facts_left))
    else:
        console.print(certificate(proof))


def certificate(proof: Certificate) -> Panel:
    """The proof of an erasure."""
    table = Table.grid(padding=(0, 2))
    mark = Text("✓ clean", GOOD) if proof.is_clean else Text("✗ NOT CLEAN", BAD)
    rows = [
        ("removed", plural(len(proof.removed), "episode") + (f", {plural(len(proof.facts), 'fact')}" if proof.facts else "")),
        ("found by its own words", f"before: {places(proof.probes, 'before')}   after: {places(proof.probes, 'after')}"),
        ("neighbours", f"before: {places(proof.neighbours, 'before')}   after: {places(proof.neighbours, 'after')}"),
        ("other facts", ("unharmed" if proof.facts_unharmed else "HARMED") + stays(len(proof.facts_left))),
        ("traces in the files", f"{proof.residue} in {size(proof.scanned_bytes)} scanned"),
        ("change", proof.change or "–"),
    ]
    for name, value in rows:
        table.add_row(Text(name, DIM), value)
    return Panel(table, title=Text.assemble("certificate of erasure  ", mark), title_align="left", expand=False)


def stays(left: int) -> str:
    """How many facts lost words and stand on others."""
    return f"; {plural(left, 'fact')} {'rests' if left == 1 else 'rest'} on other words now" if left else ""


def places(probes: Sequence[Probe], side: str) -> str:
    """Ranks of probes; – where an episode was not found."""
    ranks = [probe.rank_before if side == "before" else probe.rank_after for probe in probes[:LISTED]]
    return ", ".join("–" if rank is None else f"#{rank}" for rank in ranks) + (" …" if len(probes) > LISTED else "") or "none"


# ---------------------------------------------------------------------- upkeep


def findings(console: Console, found: Sequence[Finding], said: Mapping[str, Any]) -> None:  # noqa: ARG001
    """One line a check, with advice where it failed."""
    for finding in found:
        mark = Text("✓ ", GOOD) if finding.ok else Text("✗ ", BAD)
        console.print(Text.assemble(mark, (finding.check, TITLE), f"  {safe(finding.detail)}"))
        if finding.advice and not finding.ok:
            console.print(Text(f"  → {safe(finding.advice)}", "yellow"))
    failed = sum(not finding.ok for finding in found)
    console.print(Text("The memory is sound.", GOOD) if not failed else Text(f"{plural(failed, 'check')} failed.", BAD))


def stats(console: Console, counted: Stats, said: Mapping[str, Any]) -> None:  # noqa: ARG001
    """Counts, one a line."""
    table = Table.grid(padding=(0, 3))
    rows = {
        "episodes": f"{counted.episodes:,}",
        "retired": f"{counted.retired:,}",
        "without a vector yet": f"{counted.deferred:,}",
        "sessions": f"{counted.sessions:,}",
        "speakers": f"{counted.speakers:,}",
        "changes": f"{counted.changes:,}",
        "claims": f"{counted.claims:,}",
        "undistilled": f"{counted.undistilled:,}" + (": `remanence distill … --pending` tries again" if counted.undistilled else ""),
        "first said": when(counted.first_said_at),
        "last said": when(counted.last_said_at),
        "embedder": f"{counted.embedder} ({counted.dimension} axes)" if counted.dimension else "none: search by words alone",
        "schema": str(counted.schema),
        "size of the file": size(counted.bytes),
    }
    for name, value in rows.items():
        table.add_row(Text(name, DIM), value)
    console.print(table)


Rendering = Callable[["Console", Any, Mapping[str, Any]], None]

RENDERINGS: dict[str, Rendering] = {
    "record": receipt,
    "recall": hits,
    "context": context,
    "facts": believed.facts,
    "fact": believed.fact,
    "timeline": believed.facts,
    "profile": believed.profile,
    "graph": believed.graph,
    "entities": believed.entities,
    "show": episode,
    "correct": corrected,
    "retract": retracted,
    "merge": merged,
    "undo": change,
    "forget": forgotten,
    "history": history,
    "distill": believed.distilled,
    "export": exported,
    "import": receipt,
    "doctor": findings,
    "stats": stats,
    "reindex": rebuilt,
}
"""How each operation's result is shown."""
