"""What each verb of the command line does around its operation: files, questions, progress. Results go to `render`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from remanence.errors import BadInput, StoreError
from remanence.operations import Operation, as_json, call, checked, keywords, operation
from remanence.serve import reading
from remanence.serve.desk import Desk
from remanence.types import Certificate, Change, Effect, Episode, Fact, Filter, Receipt, Redaction, Refusal, Spent

if TYPE_CHECKING:
    from remanence.memory import Memory

Given: TypeAlias = Mapping[str, Any]
ID_PREFIXES = ("ep_", "fa_", "ch_", "en_")
ID_CHARACTERS = 23
NAMING = ("id", "change", "what", "one", "other")
"""Arguments that may be ids."""
WORTH_TELLING = 20_000
"""Claims up to which `record` works out unasked what it did to facts: about a second."""
NEARBY = timedelta(days=1)  # how far from an episode its neighbours are looked for


def carry_out(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Do one operation and show its result; the exit code. Raises `RemanenceError`."""
    return VERBS.get(row.name, plainly)(desk, row, given, extras)


def plainly(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Call the operation and show what it returns."""
    with desk.open(row) as memory:
        result = call(memory, row.name, in_full(memory, given))
    return show(desk, row, result, {**given, **extras})


def in_full(memory: Memory, given: Given) -> Given:
    """What was given, with ids that were shortened as a table shortens them. Raises `BadInput` where one may mean several."""
    return {name: whole(memory, value) if name in NAMING else value for name, value in given.items()}


def whole(memory: Memory, given: Any) -> Any:
    """An id in full; whatever is no id, or begins none, as it is."""
    if not isinstance(given, str):
        return [whole(memory, each) for each in given]
    if len(given) >= ID_CHARACTERS or not given.startswith(ID_PREFIXES):
        return given
    found = {id_ for id_ in ids(memory, given[:3]) if id_.startswith(given)}
    if len(found) > 1:
        raise BadInput(f"{given!r} may be {' or '.join(sorted(found)[:4])}; give more of it.")
    return found.pop() if found else given


def ids(memory: Memory, prefix: str) -> Iterator[str]:
    """All ids of a kind."""
    if prefix == "ep_":
        return (episode.id for _, episode in memory.episodes())
    if prefix == "ch_":
        return (change.id for change in memory.history())
    if prefix == "en_":
        return (entity.id for entity in memory.entities())
    return iter(every_fact(memory))


def every_fact(memory: Memory) -> dict[str, Fact]:
    """All facts by their ids, whatever their standing."""
    return {fact.id: fact for fact in (*memory.facts(status="all"), *memory.timeline())}


def show(desk: Desk, row: Operation, result: Any, said: Given) -> int:
    """Print the result, for programs or for people."""
    if desk.is_json:
        desk.say(result)
    else:
        from remanence.serve import render

        render.RENDERINGS[row.name](desk.page(), result, said)
    return 0


# ---------------------------------------------------------------------- record


def record(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Record a text, standard input or files."""
    experience, files = given.get("experience"), [*extras["files"]]
    if experience == reading.STDIN:
        files.append(reading.STDIN)
    elif experience is not None and files:
        raise BadInput("Give a text or --file, not both.")
    if experience is None and not files:
        raise BadInput("There is nothing to record: give a text, - for standard input, or --file.")
    rest = {name: value for name, value in given.items() if name != "experience"}
    with desk.open(row) as memory:
        before = memory.stats().claims
        is_told = not extras["is_quiet"] and before <= WORTH_TELLING
        known = every_fact(memory) if is_told else {}
        if not files:
            receipts = [call(memory, row.name, given)]
        else:
            receipts = [each for name in files for each in record_file(desk, row, memory, name, extras["format"], rest)]
        effects = effects_since(known, memory) if is_told else None
        claims = 0 if extras["is_quiet"] else memory.stats().claims - before
    return show_written(desk, row, joined(receipts), {"effects": effects, "claims": claims}, given)


def record_file(desk: Desk, row: Operation, memory: Memory, name: str, format: str | None, given: Given) -> Iterator[Receipt]:
    """Record what a file holds; JSON Lines in batches, behind a progress bar."""
    content = reading.read(name, format)
    source = {} if name == reading.STDIN else {"source": Path(name).name}
    if not isinstance(content, reading.Stream):
        yield call(memory, row.name, {**source, **given, "experience": content})
        return
    if "key" in given:
        raise BadInput("--key names one thing; give each line of a stream a `key` of its own.")
    options = keywords(row, checked(row, {**source, **given, "experience": None}))
    del options["experience"]
    with desk.progress("recording") as progress:
        yield from memory.record_all(content.items, total=content.total, progress=progress, **options)


def joined(receipts: Iterable[Receipt]) -> Receipt:
    """One receipt for all; `change` only where there was a single one."""
    receipts = list(receipts)
    if len(receipts) == 1:
        return receipts[0]
    kinds: dict[str, int] = {}
    refused: list[Refusal] = []
    ids: list[str] = []
    before = 0
    for receipt in receipts:
        refused += [replace(refusal, index=before + refusal.index) for refusal in receipt.refused]
        before += len(receipt.ids) + len(receipt.refused)
        ids += receipt.ids
        for redaction in receipt.redactions:
            kinds[redaction.kind] = kinds.get(redaction.kind, 0) + redaction.count
    return Receipt(
        change=None, ids=tuple(ids), refused=tuple(refused), redactions=tuple(Redaction(kind, count) for kind, count in kinds.items()),
        duplicates=tuple(id_ for receipt in receipts for id_ in receipt.duplicates),
        deferred=tuple(id_ for receipt in receipts for id_ in receipt.deferred),
        spent=Spent(seconds=sum(receipt.spent.seconds for receipt in receipts)),
    )  # fmt: skip


# ---------------------------------------------------------------------- what was understood


def writing(desk: Desk, row: Operation, given: Given, extras: Given) -> int:  # noqa: ARG001
    """Call an operation that changes what is believed, and say what it did to facts."""
    with desk.open(row) as memory:
        known = every_fact(memory)
        made: Receipt | Change = call(memory, row.name, in_full(memory, given))
        told = {"effects": effects_since(known, memory)}
        is_apart = row.name == "merge" and len({one.id for name in ("one", "other") for one in memory.entities(given[name])}) > 1
    return show_written(desk, row, made, {**told, "is_apart": is_apart}, given)


def effects_since(known: Mapping[str, Fact], memory: Memory) -> list[Effect]:
    """What happened to facts since these were all."""
    from remanence.distill.beliefs import effects

    return effects(list(known.values()), list(every_fact(memory).values()))


def show_written(desk: Desk, row: Operation, made: Receipt | Change, told: Given, given: Given) -> int:
    """Print what was written and what was understood of it; in JSON as its `effects`."""
    if not desk.is_json:
        return show(desk, row, made, {**given, **told})
    written = as_json(made)
    assert isinstance(written, dict)
    desk.say(written if told["effects"] is None else {**written, "effects": told["effects"]})
    return 0


def facts(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Facts beside what they are contested with; drawn, where a picture is wanted."""
    with desk.open(row) as memory:
        found: list[Fact] = call(memory, row.name, given)
        rivals = rivals_of(memory, found)
    if extras.get("picture"):
        from remanence.serve.picture import timeline_picture

        draw(timeline_picture(found, title=given.get("about") or "Timeline"), extras["picture"])
    return show(desk, row, found, {**given, **extras, "rivals": rivals})


def graph(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Who and what is joined to whom; drawn, where a picture is wanted."""
    with desk.open(row) as memory:
        found = call(memory, row.name, given)
    if extras["picture"]:
        from remanence.serve.picture import graph_picture

        draw(graph_picture(found, title=given.get("about") or "Graph"), extras["picture"])
    return show(desk, row, found, {**given, **extras})


def draw(picture: str, file: str) -> None:
    """Write a picture to `file`. Raises `StoreError`."""
    written(iter([picture]), Path(file).expanduser())


def rivals_of(memory: Memory, found: Iterable[Fact]) -> dict[str, Fact]:
    """The facts that those found are contested with."""
    wanted = {rival for fact in found for rival in fact.rivals}
    known = every_fact(memory) if wanted else {}
    return {id_: known[id_] for id_ in sorted(wanted) if id_ in known}


def show_fact(desk: Desk, row: Operation, given: Given, extras: Given) -> int:  # noqa: ARG001
    """A fact with the words it rests on, its rivals and its history."""
    with desk.open(row) as memory:
        fact: Fact = call(memory, row.name, in_full(memory, given))
        episodes = {id_: memory.show(id_) for id_ in dict.fromkeys(evidence.episode for evidence in fact.evidence)}
        history = memory.history(fact.id)
        rivals = list(rivals_of(memory, [fact]).values())
    return show(desk, row, {"fact": fact, "episodes": episodes, "rivals": rivals, "history": history}, given)


def history(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Changes; those of an episode with what they did to facts too."""
    with desk.open(row) as memory:
        given = in_full(memory, given)
        changes: list[Change] = call(memory, row.name, given)
        if given.get("id", "").startswith("ep_"):
            changes = [told for change in changes for told in memory.history(change.id)]
    return show(desk, row, changes, {**given, **extras})


def distill(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Read with a model, behind a progress bar."""
    with desk.open(row) as memory, desk.progress("distilling") as progress:
        made = call(memory, row.name, given, progress=progress)
    return show(desk, row, made, {**given, **extras})


# ---------------------------------------------------------------------- show


def show_episode(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """An episode with what stands around it and what happened to it; a fact with its words."""
    if given["id"].startswith("fa_"):
        return show_fact(desk, operation("fact"), given, extras)
    with desk.open(row) as memory:
        episode = call(memory, row.name, in_full(memory, given))
        before, after = neighbours(memory, episode, extras["around"])
        history = [told for change in memory.history(episode.id) for told in memory.history(change.id)]
    result = {"episode": episode, "before": before, "after": after, "history": history}
    return show(desk, row, result, given)


def neighbours(memory: Memory, episode: Episode, count: int) -> tuple[list[Episode], list[Episode]]:
    """Up to `count` episodes of the same session before and after `episode`, in the order recorded."""
    near = memory.scope(**episode.scope.as_dict())
    window = Filter(since=moved(episode.said_at, -NEARBY), until=moved(episode.said_at, NEARBY))
    session = [each for _, each in near.episodes(where=window)]
    place = next(at for at, each in enumerate(session) if each.id == episode.id)
    return session[max(0, place - count) : place], session[place + 1 : place + 1 + count]


def moved(moment: datetime, by: timedelta) -> datetime | None:
    """`moment` moved, or `None` where the calendar ends."""
    try:
        return moment + by
    except OverflowError:
        return None


# ---------------------------------------------------------------------- forget


def forget(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Show what would go, ask, erase, show the proof."""
    with desk.open(row) as memory:
        if given.get("what"):
            given = {**given, "what": episodes_of(memory, whole(memory, named(given["what"])))}
        doomed: Certificate = call(memory, row.name, {**given, "preview": True})
        episodes, facts = said(memory, doomed), resting(memory, doomed)
        if given.get("preview") or not doomed.removed:
            return show(desk, row, {"certificate": doomed, "episodes": episodes, "facts": facts}, given)
        if not extras["is_sure"]:
            if desk.is_json:
                raise BadInput(f"{len(doomed.removed)} episodes would be forgotten for good; add --yes to do it.")
            if not confirmed(desk, episodes, facts, len(doomed.facts_left)):
                return 0
        certificate = call(memory, row.name, {"what": list(doomed.removed), "reason": given.get("reason", "")})
    return show(desk, row, {"certificate": certificate, "episodes": [], "facts": []}, given)


def named(what: tuple[str, ...]) -> str | list[str]:
    """Ids stay single; words are one description."""
    if len(what) == 1:
        return what[0]
    return list(what) if any(word.startswith(ID_PREFIXES) for word in what) else " ".join(what)


def episodes_of(memory: Memory, what: str | list[str]) -> str | list[str]:
    """Facts named among episodes, as the episodes they rest on."""
    if isinstance(what, str) and not what.startswith("fa_"):
        return what
    names = [what] if isinstance(what, str) else what
    rest = [[each.episode for each in memory.fact(name).evidence] if name.startswith("fa_") else [name] for name in names]
    return list(dict.fromkeys(id_ for ids in rest for id_ in ids))


def said(memory: Memory, doomed: Certificate) -> list[Episode]:
    """The episodes a preview lists."""
    return [memory.show(id_) for id_ in doomed.removed]


def resting(memory: Memory, doomed: Certificate) -> list[Fact]:
    """The facts a preview lists."""
    known = every_fact(memory) if doomed.facts else {}
    return [known[id_] for id_ in doomed.facts if id_ in known]


def confirmed(desk: Desk, episodes: list[Episode], facts: list[Fact], left: int) -> bool:
    """Whether the person in front of the terminal wants these gone."""
    from remanence.serve import render

    aside = desk.aside()
    render.doomed(aside, episodes, facts, left)
    try:
        is_wanted = click.confirm("Forget for good?", err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise BadInput("Nobody is there to answer; nothing was forgotten. Add --yes.") from None
    if not is_wanted:
        aside.print("Nothing was forgotten.")
    return is_wanted


# ---------------------------------------------------------------------- files


def export(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """JSON Lines to standard output or a file; with --json, one array."""
    with desk.open(row) as memory:
        lines: Iterator[str] = call(memory, row.name, given)
        if extras["output"] is not None:
            count = written(lines, Path(extras["output"]).expanduser())
            return show(desk, row, {"file": extras["output"], "lines": count}, given)
        if desk.is_json:
            desk.say([reading.parsed(line, "the export") for line in lines])
        else:
            sys.stdout.writelines(line.rstrip("\n") + "\n" for line in lines)
    return 0


def written(lines: Iterator[str], target: Path) -> int:
    """Write `lines` to `target`, whole or not at all; how many there were. Raises `StoreError`."""
    count = 0
    try:
        handle, part = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                for count, line in enumerate(lines, start=1):  # noqa: B007
                    file.write(line.rstrip("\n") + "\n")
            os.replace(part, target)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"{target} cannot be written ({error.strerror}). Nothing was written.") from error
    return count


def import_(desk: Desk, row: Operation, given: Given, extras: Given) -> int:  # noqa: ARG001
    """Replay an export, behind a progress bar."""
    name = given["lines"]
    if name != reading.STDIN:
        reading.count_lines(name)
    with desk.open(row) as memory, desk.progress("importing") as progress:
        receipt = call(memory, row.name, {**given, "lines": reading.lines(name)}, progress=progress)
    return show(desk, row, receipt, given)


# ---------------------------------------------------------------------- upkeep


def doctor(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Exit code 1 where a check failed."""
    with desk.open(row) as memory:
        findings = call(memory, row.name, given)
    show(desk, row, findings, {**given, **extras})
    return 0 if all(finding.ok for finding in findings) else 1


def reindex(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Rebuild, behind a progress bar."""
    with desk.open(row) as memory, desk.progress("indexing") as progress:
        receipt = call(memory, row.name, given, progress=progress)
    return show(desk, row, receipt, {**given, **extras})


VERBS: dict[str, Callable[[Desk, Operation, Given, Given], int]] = {
    "record": record,
    "facts": facts,
    "fact": show_fact,
    "timeline": facts,
    "graph": graph,
    "show": show_episode,
    "correct": writing,
    "retract": writing,
    "merge": writing,
    "undo": writing,
    "forget": forget,
    "history": history,
    "distill": distill,
    "export": export,
    "import": import_,
    "doctor": doctor,
    "reindex": reindex,
}
"""Verbs that do more than call and show."""
