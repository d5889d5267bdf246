"""Results come in; cards and tables for people go out. Stored words are shown as data: no markup, no control characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from remanence.language.analyse import terms
from remanence.types import Certificate, Change, Context, Episode, Finding, Hit, Hits, Probe, Receipt, Stats

if TYPE_CHECKING:
    from rich.console import Console

LONGEST_CARD = 400  # characters of an episode on a card; `show` gives all
LISTED = 10  # episodes listed before the rest is counted
CONTROLS = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"}
CONTROLS |= {0x7F: "␡", **dict.fromkeys(range(0x80, 0xA0), "�")}
CONTROLS |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
COMMON = frozenset(
    WORD.findall(
        "a about am an and are as at be been before but by can could did do does for from had has have he her him his how i if in into "
        "is it its just me my no not of on or our out she should so some than that the their them then there they this to up was we "
        "were what when where which who whom whose why will with would you your"
    )
)
COMMON_CHINESE = frozenset(
    WORD.findall("的 了 吗 呢 我 你 他 她 它 是 在 什么 么样 怎么 曾经 过一 一个 我的 你的 我们 你们 哪些 哪里 那天 这天 和你 给我")
)

MARKED, DIM, GOOD, BAD, TITLE = "bold yellow", "bright_black", "green", "red", "bold"


# ---------------------------------------------------------------------- words


def safe(text: str) -> str:
    """`text` with control characters made visible and text-direction overrides gone, so that it cannot command a terminal."""
    return text.translate(CONTROLS)


def when(moment: datetime | None) -> str:
    """A moment in this machine's zone; midnight is a date alone."""
    if moment is None:
        return "–"
    try:
        local = moment.astimezone()
    except (OverflowError, ValueError):
        return moment.isoformat()
    return f"{local:%Y-%m-%d}" if local.time() == time.min else f"{local:%Y-%m-%d %H:%M}"


def marked(text: str, question: str) -> Text:
    """`text` with the words of `question` made to stand out."""
    shown = Text(safe(text))
    wanted = {term for word in WORD.findall(question) if word.lower() not in COMMON for term in terms(word)} - COMMON_CHINESE
    for word in WORD.finditer(shown.plain):
        found = terms(word.group())
        if len(found) == 1 and found[0] in wanted:
            shown.stylize(MARKED, word.start(), word.end())
        elif len(found) > 1:
            for at in range(len(word.group()) - 1):
                if word.group()[at : at + 2] in wanted:
                    shown.stylize(MARKED, word.start() + at, word.start() + at + 2)
    return shown


def shortened(text: str, most: int = LONGEST_CARD) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def seconds(spent: float) -> str:
    return f"{spent * 1000:.1f} ms" if spent < 1 else f"{spent:.1f} s"


def size(count: int) -> str:
    return f"{count:,} bytes" if count < 10_000 else f"{count / 1e6:.2f} MB"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


# What stays together on a line: a wide character with the punctuation that closes it, a word with the blanks behind it.
PIECE = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\uffee][，。！？、；：」』”’）》】…·]*|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\uffee]+|\n|[^\S\n]+"
)


def flow(text: Text, width: int, indent: int = 0) -> Text:
    """`text` broken into lines of `width` cells, `indent` included; Chinese may break between any two characters."""
    lines = text.divide(breaks(text.plain, max(8, width - indent)))
    for line in lines:
        line.rstrip()
        line.pad_left(indent)
    return Text("\n").join(lines)


def breaks(plain: str, width: int) -> list[int]:
    """Where new lines begin."""
    found: list[int] = []
    used = 0
    for piece in PIECE.finditer(plain):
        if piece.group() == "\n":
            used = 0
            found.append(piece.end())
            continue
        cells = cell_len(piece.group())
        if used and used + cells > width and not piece.group().isspace():
            found.append(piece.start())
            used = 0
        used += cells
    return found


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


def episode(console: Console, found: Mapping[str, Any], said: Mapping[str, Any]) -> None:  # noqa: ARG001
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
    history(console, found["history"], {})


def line(shown: Episode) -> Text:
    """An episode on one line, in the background."""
    words = shortened(" ".join(shown.text.split()), 100)
    return Text(f"  {when(shown.said_at)}  {who(shown)}: {safe(words)}  {shown.id}", DIM)


def history(console: Console, changes: Sequence[Change], said: Mapping[str, Any]) -> None:  # noqa: ARG001
    """One line a change."""
    if not changes:
        console.print("No changes.")
        return
    table = Table(box=None, header_style=DIM, padding=(0, 2, 0, 0))
    for name in ("made", "what", "episodes", "reason", "change"):
        table.add_column(name, no_wrap=name in ("made", "what", "change"), overflow="fold")
    for change in changes:
        table.add_row(when(change.made_at), Text(change.action, TITLE), touched(change), Text(safe(change.reason)), Text(change.id, DIM))
    console.print(table)


def touched(change: Change) -> Text:
    """What a change added, ended and brought back."""
    parts = [("+", change.added, GOOD), ("−", change.retired, BAD), ("↺", change.restored, "cyan")]
    shown = Text()
    for sign, ids, style in parts:
        if ids:
            names = ids[0] if len(ids) == 1 else plural(len(ids), "episode")
            shown.append(f"{sign} {names} ", style)
    return shown


# ---------------------------------------------------------------------- writing


def receipt(console: Console, made: Receipt, said: Mapping[str, Any]) -> None:  # noqa: ARG001
    """What was written, what was already known, refused and redacted."""
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


def rebuilt(console: Console, made: Receipt, said: Mapping[str, Any]) -> None:
    """What `reindex` did."""
    terms_too = "" if said.get("pending") else "terms rebuilt, "
    console.print(
        Text.assemble(("✓ ", GOOD), f"{terms_too}{plural(made.spent.calls, 'vector')} made", (f" · {seconds(made.spent.seconds)}", DIM))
    )


def exported(console: Console, made: Mapping[str, Any], said: Mapping[str, Any]) -> None:  # noqa: ARG001
    console.print(Text.assemble(("✓ ", GOOD), f"{plural(made['lines'], 'line')} written to {made['file']}"))


def change(console: Console, made: Change, said: Mapping[str, Any]) -> None:  # noqa: ARG001
    """A single change."""
    console.print(Text.assemble(("✓ ", GOOD), (made.action, TITLE), "  ", touched(made), (f" {made.id}", DIM)))


# ---------------------------------------------------------------------- forgetting


def doomed(console: Console, episodes: Sequence[Episode]) -> None:
    """What would go."""
    console.print(Text(f"{plural(len(episodes), 'episode')} would be forgotten for good:", TITLE))
    for each in episodes[:LISTED]:
        words = shortened(" ".join(each.text.split()), 160)
        mark = "" if each.is_current else f" · retired {when(each.retired_at)}"
        told = (f"  {when(each.said_at)}  ", "cyan"), (f"{who(each)}: ", TITLE), safe(words), (f"  {each.id}{mark}", DIM)
        console.print(Text.assemble(*told))
    if len(episodes) > LISTED:
        console.print(Text(f"  … and {len(episodes) - LISTED:,} more", DIM))


def forgotten(console: Console, made: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """A preview, or the certificate."""
    proof: Certificate = made["certificate"]
    if not proof.removed:
        console.print("Nothing matches; there is nothing to forget.")
    elif said.get("preview"):
        doomed(console, made["episodes"])
    else:
        console.print(certificate(proof))


def certificate(proof: Certificate) -> Panel:
    """The proof of an erasure."""
    table = Table.grid(padding=(0, 2))
    mark = Text("✓ clean", GOOD) if proof.is_clean else Text("✗ NOT CLEAN", BAD)
    rows = [
        ("removed", plural(len(proof.removed), "episode")),
        ("found by its own words", f"before: {places(proof.probes, 'before')}   after: {places(proof.probes, 'after')}"),
        ("neighbours", f"before: {places(proof.neighbours, 'before')}   after: {places(proof.neighbours, 'after')}"),
        ("traces in the files", f"{proof.residue} in {size(proof.scanned_bytes)} scanned"),
        ("change", proof.change or "–"),
    ]
    for name, value in rows:
        table.add_row(Text(name, DIM), value)
    return Panel(table, title=Text.assemble("certificate of erasure  ", mark), title_align="left", expand=False)


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
    "show": episode,
    "correct": receipt,
    "undo": change,
    "forget": forgotten,
    "history": history,
    "export": exported,
    "import": receipt,
    "doctor": findings,
    "stats": stats,
    "reindex": rebuilt,
}
"""How each operation's result is shown."""
