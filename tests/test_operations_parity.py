"""One table, every face: each operation is a method of `Memory` and a command with the same arguments, defaults and help."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any

import click
import pytest

from remanence.memory import Memory
from remanence.operations import COMMANDS, NOT_OPERATIONS, OPERATIONS, Argument, Operation, Type, in_either_way
from remanence.serve.cli import EXTRAS, GLOBALS, cli
from remanence.types import Budget, Filter

PARTS = {"where": Filter, "what": Filter, "budget": Budget}
NAMES = [row.name for row in OPERATIONS] + [command.name for command in COMMANDS]
EVERY = pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)


def parameters(row: Operation) -> dict[str, inspect.Parameter]:
    """The parameters of the operation's method; those it hands on are taken from the method it hands them to."""
    own = dict(inspect.signature(getattr(Memory, row.method)).parameters)
    own.pop("self")
    if "given" in own:
        own.pop("given")
        own = {**{name: each for name, each in parameters(RECALL).items() if name not in own}, **own}
    return own


RECALL = next(row for row in OPERATIONS if row.name == "recall")


@EVERY
def test_every_argument_of_the_method_is_in_the_table(row: Operation) -> None:
    in_table = {argument.keyword.split(".")[0] for argument in row.arguments}
    assert in_table | set(row.python_only) == set(parameters(row))


@EVERY
def test_defaults_are_those_of_the_method(row: Operation) -> None:
    for argument in row.arguments:
        keyword, _, part = argument.keyword.partition(".")
        default = parameters(row)[keyword].default
        if keyword in in_either_way(row):
            assert default is inspect.Parameter.empty
            assert argument.default is None
        elif part:
            assert default is None
            assert argument.default == next(each.default for each in fields(PARTS[keyword]) if each.name == part)
        elif argument.required:
            assert default is inspect.Parameter.empty
        else:
            assert argument.default == default


def test_every_field_of_a_filter_and_a_budget_can_be_said() -> None:
    said = {argument.keyword for argument in RECALL.arguments}
    assert {f"where.{each.name}" for each in fields(Filter)} <= said
    assert {f"budget.{each.name}" for each in fields(Budget) if each.name != "calls"} <= said


def test_every_public_method_is_an_operation_or_has_a_reason_not_to_be() -> None:
    public = {name for name, _ in inspect.getmembers(Memory, inspect.isfunction) if not name.startswith("_")}
    methods = {row.method for row in OPERATIONS}
    assert public == methods | set(NOT_OPERATIONS)
    assert not methods & set(NOT_OPERATIONS)


def test_the_command_line_has_every_operation_and_command_and_no_more() -> None:
    assert list(cli.commands) == NAMES


@EVERY
def test_the_command_has_the_same_arguments_and_no_undeclared_ones(row: Operation) -> None:
    in_command = {each.name for each in cli.commands[row.name].params} - set(GLOBALS)
    in_table = {argument.name for argument in row.arguments} - set(GLOBALS)
    assert in_command == in_table | {each.name for each in EXTRAS.get(row.name, ())}


@EVERY
def test_the_command_has_the_same_help(row: Operation) -> None:
    command = cli.commands[row.name]
    assert command.help == row.summary
    options = {each.name: each for each in command.params if isinstance(each, click.Option)}
    for argument in row.arguments:
        if argument.name in options and argument.name not in GLOBALS:
            assert (options[argument.name].help or "").startswith(argument.help)


@EVERY
def test_the_command_has_the_same_defaults(row: Operation) -> None:
    context = click.Context(cli.commands[row.name], resilient_parsing=True)
    for param in cli.commands[row.name].params:
        argument = next((each for each in row.arguments if each.name == param.name), None)
        if argument is None or isinstance(param, click.Argument) or param.name in GLOBALS:
            continue
        assert (param.get_default(context) or None) == (argument.default or None)


@EVERY
def test_every_command_takes_the_global_options(row: Operation) -> None:
    assert set(GLOBALS) <= {each.name for each in cli.commands[row.name].params}


@EVERY
def test_defaults_and_choices_have_a_form_in_json(row: Operation) -> None:
    kinds: dict[Type, Any] = {Type.TEXT: str, Type.INTEGER: int, Type.NUMBER: float, Type.FLAG: bool}
    for argument in row.arguments:
        assert all(type(choice) is str for choice in argument.choices)
        assert is_fitting(argument, kinds.get(argument.type, object))


def is_fitting(argument: Argument, kind: type) -> bool:
    if argument.repeatable:
        return argument.default in (None, ())
    return argument.default is None or type(argument.default) is kind


def test_names_are_unique() -> None:
    assert len(NAMES) == len(set(NAMES))
    for row in OPERATIONS:
        arguments = [argument.name for argument in row.arguments]
        assert len(arguments) == len(set(arguments))
