"""The operations table comes in; `docs/reference/operations.md` goes out. Run it after changing the table."""

from __future__ import annotations

from pathlib import Path

from remanence.operations import COMMANDS, NOT_OPERATIONS, OPERATIONS, Argument, Operation, Type
from remanence.serve.cli import EXITS, EXTRAS

PAGE = Path(__file__).parent / "reference" / "operations.md"
HEAD = """# Operations

<!-- Generated from src/remanence/operations.py by docs/build_reference.py; change them there. -->

Every operation exists in Python, as a method of `Memory` or of a scope of it, and on the command line, with the same
arguments. In the examples `alice` is `memory.scope(user="alice")`, `$ID` an episode of hers, `$CHANGE` the change that
recorded it and `$FACT` a fact of hers. Every command takes the global options before or behind its name (`remanence
--help`), and `--json` prints one JSON document. Ids may be shortened as the tables show them.
"""


def page() -> str:
    """The whole page."""
    index = "\n".join(f"- [`{row.name}`](#{row.name}): {row.summary}" for row in OPERATIONS)
    return "\n".join([HEAD, index, "", *map(section, OPERATIONS), commands(), elsewhere(), exits()])


def section(row: Operation) -> str:
    """One operation: what it does, its arguments, how it is called."""
    lines = [f"## {row.name}", "", row.summary, "", f"Returns `{row.returns}`.", ""]
    if row.arguments:
        lines += ["| argument | type | default | |", "|---|---|---|---|", *map(table_row, row.arguments), ""]
    if row.python_only:
        lines += ["In Python also: " + "; ".join(f"`{name}`, {why}" for name, why in row.python_only.items()) + ".", ""]
    extras = EXTRAS.get(row.name, ())
    if extras:
        lines += ["On the command line also: " + "; ".join(f"`{option.opts[0]}`: {option.help}" for option in extras), ""]
    return "\n".join([*lines, "```python", row.python, "```", "", "```sh", *row.shell, "```", ""])


def table_row(argument: Argument) -> str:
    """One argument as a row of a table; in Python, the parts of a filter or a budget are fields of one value."""
    kind = " \\| ".join(f"`{choice}`" for choice in argument.choices) or TYPES[argument.type]
    default = "required" if argument.required else f"`{argument.default!r}`"
    part = f" Python: `{argument.target}`." if argument.target else ""
    return f"| `{argument.name}` | {kind}{', repeatable' if argument.repeatable else ''} | {default} | {argument.help}{part} |"


TYPES = {
    Type.TEXT: "text",
    Type.INTEGER: "integer",
    Type.NUMBER: "number",
    Type.FLAG: "yes or no",
    Type.MOMENT: "date",
    Type.MAPPING: "mapping",
    Type.VALUE: "any",
    Type.LINES: "lines",
}


def commands() -> str:
    """What the command line does besides."""
    rows = [f"- `{each.shell[0]}`: {each.summary}" for each in COMMANDS]
    return "\n".join(["## Commands that are not operations", "", *rows, ""])


def elsewhere() -> str:
    """What only Python has."""
    rows = [f"- `{name}`: {why}." for name, why in NOT_OPERATIONS.items()]
    return "\n".join(["## Only in Python", "", *rows, ""])


def exits() -> str:
    """What a shell learns from a command."""
    codes: dict[int, list[str]] = {}
    for kind, code in EXITS:
        codes.setdefault(code, []).append(f"`{kind.__name__}`")
    rows = [f"| {code} | {', '.join(kinds)} |" for code, kinds in codes.items()]
    known = ["| 0 | done; also when nothing was found |", "| 1 | `doctor` found damage |", "| 2 | bad input or usage |"]
    return "\n".join(["## Exit codes", "", "| code | |", "|---|---|", *known, *rows, "| 130 | interrupted |", ""])


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
