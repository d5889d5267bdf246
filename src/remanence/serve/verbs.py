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
from remanence.operations import Operation, call, checked, keywords
from remanence.serve import reading
from remanence.serve.desk import Desk
from remanence.types import Certificate, Episode, Filter, Receipt, Redaction, Refusal, Spent

if TYPE_CHECKING:
    from remanence.memory import Memory

Given: TypeAlias = Mapping[str, Any]
EPISODE_PREFIX = "ep_"
NEARBY = timedelta(days=1)  # how far from an episode its neighbours are looked for


def carry_out(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Do one operation and show its result; the exit code. Raises `RemanenceError`."""
    return VERBS.get(row.name, plainly)(desk, row, given, extras)


def plainly(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """Call the operation and show what it returns."""
    with desk.open(row) as memory:
        result = call(memory, row.name, given)
    return show(desk, row, result, {**given, **extras})


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
        if not files:
            receipt = call(memory, row.name, given)
        else:
            receipt = joined([each for name in files for each in record_file(desk, row, memory, name, extras["format"], rest)])
    return show(desk, row, receipt, given)


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


# ---------------------------------------------------------------------- show


def show_episode(desk: Desk, row: Operation, given: Given, extras: Given) -> int:
    """An episode with what stands around it and what happened to it."""
    with desk.open(row) as memory:
        episode = call(memory, row.name, given)
        before, after = neighbours(memory, episode, extras["around"])
        history = memory.history(episode.id)
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
    given = {**given, "what": named(given["what"])}
    with desk.open(row) as memory:
        doomed: Certificate = call(memory, row.name, {**given, "preview": True})
        if given.get("preview") or not doomed.removed:
            return show(desk, row, {"certificate": doomed, "episodes": said(memory, doomed)}, given)
        if not extras["is_sure"]:
            if desk.is_json:
                raise BadInput(f"{len(doomed.removed)} episodes would be forgotten for good; add --yes to do it.")
            if not confirmed(desk, said(memory, doomed)):
                return 0
        certificate = call(memory, row.name, {**given, "what": list(doomed.removed)})
    return show(desk, row, {"certificate": certificate, "episodes": []}, given)


def named(what: tuple[str, ...]) -> list[str]:
    """Ids stay single; words are one description."""
    return list(what) if any(word.startswith(EPISODE_PREFIX) for word in what) else [" ".join(what)]


def said(memory: Memory, doomed: Certificate) -> list[Episode]:
    """The episodes a preview lists."""
    return [memory.show(id_) for id_ in doomed.removed]


def confirmed(desk: Desk, episodes: list[Episode]) -> bool:
    """Whether the person in front of the terminal wants these gone."""
    from remanence.serve import render

    aside = desk.aside()
    render.doomed(aside, episodes)
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
        raise StoreError(f"{target} cannot be written ({error.strerror}). Nothing was exported.") from error
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
    "show": show_episode,
    "forget": forget,
    "export": export,
    "import": import_,
    "doctor": doctor,
    "reindex": reindex,
}
"""Verbs that do more than call and show."""
