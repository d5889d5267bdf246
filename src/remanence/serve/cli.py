"""The command line, built from the operations table: words from a shell in; a table, or one JSON document, out."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from remanence import __version__
from remanence.errors import BackendFailed, EmbedderError, NotFound, RemanenceError, StoreError
from remanence.operations import COMMANDS, OPERATIONS, Argument, Operation, Type, nearest
from remanence.serve.desk import NO_EMBEDDER, Desk
from remanence.serve.reading import FORMATS
from remanence.types import SCOPE_FIELDS

EXIT_BAD_INPUT, EXIT_NOT_FOUND, EXIT_STORE, EXIT_BACKEND, EXIT_INTERRUPTED = 2, 3, 4, 5, 130
EXITS: tuple[tuple[type[RemanenceError], int], ...] = (
    (NotFound, EXIT_NOT_FOUND),
    (StoreError, EXIT_STORE),
    (EmbedderError, EXIT_BACKEND),
    (BackendFailed, EXIT_BACKEND),
)
"""Exit codes, by the first kind that fits; every other error is bad input."""

SCOPE_HELP = {
    "tenant": "Whose memory this is, where several share the file.",
    "user": "The person it is about.",
    "agent": "The assistant that remembers.",
    "session": "One conversation.",
    "project": "One undertaking, such as a repository.",
}
GLOBALS = ("db", *SCOPE_FIELDS, "embedder", "relations", "json", "no_color")


def global_options() -> list[click.Parameter]:
    """Options that every command takes, before its name and after."""
    return [
        click.Option(["--db"], type=click.Path(dir_okay=False), metavar="FILE", help="The memory's file; default: your own."),
        *(click.Option([f"--{name}"], metavar="NAME", help=SCOPE_HELP[name]) for name in SCOPE_FIELDS),
        click.Option(["--embedder"], metavar="NAME", help=f"minilm (default), openai:MODEL, …; {NO_EMBEDDER!r}: search by words alone."),
        click.Option(["--relations"], type=click.Path(), metavar="FILE", help="Relations of your own (TOML), for facts of other kinds."),
        click.Option(["--json"], is_flag=True, default=None, help="Print one JSON document and nothing else."),
        click.Option(["--no-color"], is_flag=True, default=None, help="No colours."),
    ]


class MappingParam(click.ParamType[Any]):
    """`NAME=VALUE`, or a JSON object."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from remanence.serve.reading import parsed

        if isinstance(value, dict):
            return value
        if value.lstrip().startswith("{"):
            return parsed(value, "The value")
        name, equals, rest = value.partition("=")
        if not equals or not name:
            self.fail(f"{value!r} is neither NAME=VALUE nor a JSON object.", param, ctx)
        return {name: rest}


CLICK_TYPES: dict[Type, click.ParamType[Any]] = {
    Type.INTEGER: click.INT,
    Type.NUMBER: click.FLOAT,
    Type.FLAG: click.BOOL,
    Type.MAPPING: MappingParam(),
}
METAVARS = {Type.MOMENT: "DATE", Type.INTEGER: "N", Type.NUMBER: "X", Type.LINES: "FILE", Type.MAPPING: "NAME=VALUE"}

SINGLE_WORDS = ("id", "change", "lines", "one", "other", "model")
"""Arguments that are one word where they stand without a name in front: ids, files, one name of two."""

ENVIRONMENT = {"model": "REMANENCE_MODEL"}
"""Arguments that the environment may give, beside the options."""

PICTURE = click.Option(["--picture"], metavar="FILE", help="Draw it too, into this file (SVG).")
QUIET = click.Option(["--quiet", "-q", "is_quiet"], is_flag=True, help="Do not say what was understood.")

EXTRAS: dict[str, tuple[click.Option, ...]] = {
    "record": (
        click.Option(["--file", "files"], multiple=True, metavar="FILE", help="Record a file instead: .jsonl, .json, .md or text."),
        click.Option(["--format"], type=click.Choice(FORMATS), help="What the input is, where its name does not say."),
        QUIET,
    ),
    "recall": (click.Option(["--why", "with_why"], is_flag=True, help="Show what every arm thought of every hit."),),
    "timeline": (PICTURE,),
    "profile": (click.Option(["--table", "is_table"], is_flag=True, help="Slot by slot, with dates and sources, instead of the text."),),
    "graph": (PICTURE,),
    "show": (click.Option(["--around"], type=click.IntRange(0, 100), default=2, show_default=True, help="Neighbours on each side."),),
    "forget": (click.Option(["--yes", "is_sure"], is_flag=True, help="Do not ask."),),
    "export": (click.Option(["--output", "-o"], metavar="FILE", help="Write to a file instead."),),
}
"""What the command line adds to an operation's own arguments."""

COMMAND_PARAMETERS: dict[str, tuple[click.Parameter, ...]] = {
    "bench": (
        click.Argument(["task"], required=False),
        click.Option(["--data"], type=click.Path(), metavar="DIR", help="The task's data, where it needs any."),
        click.Option(["--seed"], type=int, default=0, show_default=True, help="Seed of everything random."),
        click.Option(["--systems"], multiple=True, metavar="NAME", help="Only these systems, separated by commas; repeatable."),
        click.Option(["--limit"], type=int, metavar="N", help="At most so many questions a conversation."),
        click.Option(["--sizes"], multiple=True, metavar="N", help="Memories (task cost) or worlds (updates), by commas; repeatable."),
        click.Option(["--bank"], type=click.Choice(["test", "dev", "all"]), default="test", help="Sentences of the task updates."),
        click.Option(["--split"], type=click.Choice(["test", "dev", "all"]), default="test", help="Labels of the task distill."),
        click.Option(["--peers"], type=click.Path(), metavar="DIR", help="Where mem0 is installed; default: the user's cache."),
        click.Option(
            ["--peer-seconds"], type=float, metavar="N", default=120.0, show_default=True, help="Time a peer gets in the task cost."
        ),
        click.Option(["--threads"], type=int, default=1, show_default=True, help="Threads of the embedder."),
        click.Option(
            ["--json", "json_file"], is_flag=False, flag_value="-", metavar="FILE", help="Write the JSON; without FILE: print it."
        ),
    ),
}


def parameter(argument: Argument) -> click.Parameter:
    """One argument of an operation as click's."""
    if argument.required or argument.bare:
        is_required = argument.required and argument.name != "experience"
        envvar = ENVIRONMENT.get(argument.name)
        return click.Argument([argument.name], nargs=_nargs(argument), required=is_required, metavar=_word(argument), envvar=envvar)
    dashed = argument.name.replace("_", "-")
    if argument.type is Type.FLAG:
        names = f"--{dashed}/--no-{dashed}" if argument.default else f"--{dashed}"
        return click.Option([names], is_flag=True, default=argument.default, help=argument.help)
    return click.Option(
        [f"--{dashed}"],
        type=click.Choice(argument.choices) if argument.choices else CLICK_TYPES.get(argument.type, click.STRING),
        multiple=argument.repeatable or argument.type is Type.MAPPING,
        metavar=None if argument.choices else METAVARS.get(argument.type, "TEXT"),
        default=argument.default or None,
        show_default=argument.default not in (None, "", ()),
        help=argument.help + (" Repeatable." if argument.repeatable or argument.type is Type.MAPPING else ""),
    )


def _nargs(argument: Argument) -> int:
    """Words that are left unquoted are one text; ids and files are single words."""
    return 1 if argument.name in SINGLE_WORDS else -1


def _word(argument: Argument) -> str:
    word = METAVARS.get(argument.type, argument.name.upper()) + ("…" if _nargs(argument) < 0 else "")
    return word if argument.required and argument.name != "experience" else f"[{word}]"


def note_typed(ctx: click.Context) -> None:
    """Keep which global options were typed and not taken from the environment."""
    is_typed = click.core.ParameterSource.COMMANDLINE
    ctx.meta.setdefault("typed", set()).update(name for name in GLOBALS if ctx.get_parameter_source(name) is is_typed)


def typed(ctx: click.Context) -> dict[str, Any]:
    """The global options that were typed: the demonstration must not fall into the memory that the environment names."""
    return {name: value for name, value in ctx.obj.items() if name in ctx.meta["typed"]}


class Verb(click.Command):
    """A command that takes the global options too; what stands after it goes before what stood in front."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        note_typed(ctx)
        given = {name: ctx.params.pop(name) for name in GLOBALS if name in ctx.params}
        ctx.obj = {**(ctx.obj or {}), **{name: value for name, value in given.items() if value is not None}}
        return rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        for title, is_global in (("Options", False), ("Global options", True)):
            records = [param.get_help_record(ctx) for param in own if (param.name in GLOBALS) is is_global]
            with formatter.section(title):
                formatter.write_dl([record for record in records if record])


class Face(click.Group):
    """The commands in the table's order; every failure is one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            raise click.UsageError(f"There is no command {name!r}.{nearest(name, list(self.commands))}", ctx)
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **more: Any) -> Any:
        more["standalone_mode"] = False
        words = list(sys.argv[1:] if args is None else args)
        sys.exit(_guarded(lambda: super(Face, self).main(words, *rest, **more), is_json="--json" in words))


def _guarded(command: Callable[[], Any], is_json: bool) -> int:
    """Run `command`; its exit code, with any failure told in one line."""
    try:
        done = command()
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as wish:
        click.echo(wish.format_message())
        return EXIT_BAD_INPUT
    except click.ClickException as error:
        return _fail(error.format_message(), EXIT_BAD_INPUT, is_json, "BadInput", _usage(error))
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except RemanenceError as error:
        code = next((code for kind, code in EXITS if isinstance(error, kind)), EXIT_BAD_INPUT)
        return _fail(_message(error), code, is_json, type(error).__name__)
    except BrokenPipeError:
        # Nobody reads any more; what Python still holds must not raise again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return done if isinstance(done, int) else 0


def _message(error: RemanenceError) -> str:
    return " ".join(str(error).split())


def _usage(error: click.ClickException) -> str:
    command = getattr(error, "ctx", None)
    return "" if command is None else f"See `{command.command_path} --help`."


def _fail(message: str, code: int, is_json: bool, kind: str, hint: str = "") -> int:
    click.echo(click.style("error: ", fg="red", bold=True) + message + (f" {hint}" if hint else ""), err=True)
    if is_json:
        Desk(is_json=True).say({"error": {"kind": kind, "message": message}})
    return code


def desk(given: dict[str, Any]) -> Desk:
    """The desk that the global options describe."""
    db = given.get("db")
    return Desk(
        db=None if db is None else Path(db).expanduser(),
        scope={name: given[name] for name in SCOPE_FIELDS if given.get(name) is not None},
        embedder=given.get("embedder"),
        is_json=bool(given.get("json")),
        is_plain=bool(given.get("no_color")),
        relations=given.get("relations"),
    )


def verb(row: Operation) -> Verb:
    """The command of one operation."""

    @click.pass_context
    def run(ctx: click.Context, /, **given: Any) -> int:
        from remanence.serve.verbs import carry_out

        extras = {option.name: given.pop(option.name) for option in EXTRAS.get(row.name, ()) if option.name is not None}
        return carry_out(desk(ctx.obj), row, _plain(row, given), extras)

    own = [parameter(argument) for argument in row.arguments if argument.name not in GLOBALS]
    return Verb(
        row.name, callback=run, params=[*own, *EXTRAS.get(row.name, ()), *global_options()],
        help=row.summary, short_help=row.summary, epilog=_examples(row.shell),
    )  # fmt: skip


def command(name: str, summary: str, shell: tuple[str, ...]) -> Verb:
    """A command that is not an operation."""

    @click.pass_context
    def run(ctx: click.Context, /, **given: Any) -> int:
        from remanence.serve import commands

        done: int = getattr(commands, name)(desk(typed(ctx) if name == "demo" else ctx.obj), **given)
        return done

    own = COMMAND_PARAMETERS.get(name, ())
    taken = {option for each in own for option in each.opts}
    params = [*own, *(each for each in global_options() if not taken & set(each.opts))]
    return Verb(name, callback=run, params=params, help=summary, short_help=summary, epilog=_examples(shell))


def _plain(row: Operation, given: dict[str, Any]) -> dict[str, Any]:
    """What was given, without what was not; repeated pairs as one mapping, unquoted words as one text."""
    kinds = {argument.name: argument for argument in row.arguments}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if value is None or value == ():
            continue
        if kinds[name].type is Type.MAPPING:
            value = {key: item for pairs in value for key, item in pairs.items()}
        elif isinstance(value, tuple) and not kinds[name].repeatable:
            value = " ".join(value)
        values[name] = value
    return values


def _examples(shell: tuple[str, ...]) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in shell)


def version_option() -> click.Option:
    def show(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
        if is_wanted:
            click.echo(f"remanence {__version__}")
            ctx.exit()

    return click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=show, help="Show the version and stop.")


@click.pass_context
def _remember_globals(ctx: click.Context, /, **given: Any) -> None:
    note_typed(ctx)
    ctx.obj = given


def build() -> Face:
    """The whole command line."""
    face = Face(
        "remanence",
        callback=_remember_globals,
        params=[*global_options(), version_option()],
        help="Long-term memory for language models: one file, no key, no network.",
        epilog=_examples(("remanence demo", 'remanence record "I moved to Lisbon."', "remanence recall where do I live")),
        context_settings={"auto_envvar_prefix": "REMANENCE", "help_option_names": ["-h", "--help"], "max_content_width": 110},
        no_args_is_help=True,
    )
    for row in OPERATIONS:
        face.add_command(verb(row))
    for other in COMMANDS:
        face.add_command(command(other.name, other.summary, other.shell))
    return face


cli = build()


def main() -> None:
    """The console script."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="strict" if stream is sys.stdin else "replace")
    cli.main(prog_name="remanence")


if __name__ == "__main__":
    main()
